import type { Context } from 'fabric-contract-api';
import { z } from 'zod';

import { checkFrontier, EMPTY_FRONTIER, type Frontier, frontierRoot } from '../protocol/frontier.ts';
import { fromHex, hashHexSchema, toHex } from '../protocol/hash.ts';
import { type Checkpoint, type Header, headerSchema, NO_PREVIOUS } from '../protocol/header.ts';
import { logIdSchema } from '../protocol/identifiers.ts';

import { Collection } from './collection.ts';

const logRecordSchema = z.strictObject({
  logId: logIdSchema,
  size: z.int().min(1),
  head: hashHexSchema,
  frontier: z.array(hashHexSchema),
});
type LogRecord = z.infer<typeof logRecordSchema>;

const logs = new Collection('log', logRecordSchema);
/** The headers, by log and sequence number: digits of a fixed width, so that keys sort as numbers do. */
export const headers = new Collection('header', headerSchema);

/** Digits of the largest sequence number, 2^53 - 1. */
const SEQUENCE_DIGITS = 16;

export function sequenceKey(sequence: number): string {
  return String(sequence).padStart(SEQUENCE_DIGITS, '0');
}

export function headerKey({ logId, sequence }: Pick<Header, 'logId' | 'sequence'>): string[] {
  return [logId, sequenceKey(sequence)];
}

/** A log as it stands: `head` is the hash of its last header. */
export interface LogState {
  logId: string;
  head: string;
  frontier: Frontier;
}

function stateOf({ logId, size, head, frontier }: LogRecord): LogState {
  return { logId, head, frontier: checkFrontier({ size, hashes: frontier.map(fromHex) }) };
}

/** The log's state; that of an empty log when nothing was ever appended. */
export async function readLog({ stub }: Context, logId: string): Promise<LogState> {
  const record = await logs.get(stub, [logId]);
  return record === undefined ? { logId, head: NO_PREVIOUS, frontier: EMPTY_FRONTIER } : stateOf(record);
}

export async function readLogs({ stub }: Context): Promise<LogState[]> {
  return (await logs.all(stub, [])).map(stateOf);
}

export async function writeLog({ stub }: Context, { logId, head, frontier }: LogState): Promise<void> {
  await logs.put(stub, [logId], { logId, size: frontier.size, head, frontier: frontier.hashes.map(toHex) });
}

export function checkpointOf({ logId, head, frontier }: LogState): Checkpoint {
  return { logId, size: frontier.size, root: toHex(frontierRoot(frontier)), head };
}

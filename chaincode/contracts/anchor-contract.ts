import { Context, Info, Returns, Transaction } from 'fabric-contract-api';
import { z } from 'zod';

import { MAX_SAFE } from '../protocol/bytes.ts';
import { BiotError } from '../protocol/errors.ts';
import { appendLeaf } from '../protocol/frontier.ts';
import { toHex } from '../protocol/hash.ts';
import {
  ANCHOR_EVENT,
  type AnchorEvent,
  type Header,
  headerHash,
  headerSchema,
  MAX_HEADERS,
} from '../protocol/header.ts';
import { logIdSchema } from '../protocol/identifiers.ts';
import { decimalSchema, parseArgument, parseJsonArgument } from './arguments.ts';
import { requirePermission } from './caller.ts';
import { canonicalJson } from '../protocol/canonical-json.ts';
import { CodedContract } from './coded-contract.ts';
import {
  checkpointOf,
  headerKey,
  headers,
  type LogState,
  readLog,
  readLogs,
  sequenceKey,
  writeLog,
} from './log-records.ts';

const headersSchema = z.array(headerSchema).min(1).max(MAX_HEADERS);
const sequenceArgument = decimalSchema({ minimum: 0, maximum: MAX_SAFE });
const limitArgument = decimalSchema({ minimum: 1, maximum: MAX_HEADERS });

/**
 * The logs of batch headers. Each endorsing organisation computes the new root by itself from the frontier that it
 * keeps, so none has to believe the writer's. All results are JSON texts; shapes are in `protocol/header.ts`.
 */
@Info({ title: 'AnchorContract', description: 'Append-only logs of batch headers (RFC 6962)' })
export class AnchorContract extends CodedContract {
  constructor() {
    super('AnchorContract');
  }

  /**
   * Appends 1 to 500 headers, in order: Header[] -> Checkpoint. Headers that the log has already are passed over when
   * they are the same, so a writer that does not know whether its last call was committed simply calls again.
   */
  @Transaction()
  @Returns('string')
  async Append(ctx: Context, logId: string, headersJson: string): Promise<string> {
    const log = parseArgument('logId', logIdSchema, logId);
    await requirePermission(ctx, 'anchor:append', { log });
    const offered = parseJsonArgument('headers', headersSchema, headersJson);
    refuseDisorder(log, offered);
    const before = await readLog(ctx, log);
    const { size } = before.frontier;
    for (const header of offered.filter(({ sequence }) => sequence < size))
      await refuseDifferent(ctx, header);
    const added = offered.filter(({ sequence }) => sequence >= size);
    const after = added.reduce(append, before);
    if (added.length > 0) await write(ctx, after, added);
    return canonicalJson(checkpointOf(after));
  }

  /** -> Checkpoint; of a log that nobody has written yet: size 0 and the empty tree's root. */
  @Transaction(false)
  @Returns('string')
  async Checkpoint(ctx: Context, logId: string): Promise<string> {
    const log = await readableLog(ctx, logId);
    return canonicalJson(checkpointOf(await readLog(ctx, log)));
  }

  /** -> Header */
  @Transaction(false)
  @Returns('string')
  async Get(ctx: Context, logId: string, sequence: string): Promise<string> {
    const place = {
      logId: await readableLog(ctx, logId),
      sequence: parseArgument('sequence', sequenceArgument, sequence),
    };
    const header = await headers.get(ctx.stub, headerKey(place));
    if (header === undefined) throw new BiotError('NOT_FOUND', `log ${logId} has no header ${sequence}`);
    return canonicalJson(header);
  }

  /** -> Header[]: at most `limit` (1 to 500) of them, from sequence number `from` on. */
  @Transaction(false)
  @Returns('string')
  async List(ctx: Context, logId: string, from: string, limit: string): Promise<string> {
    const log = await readableLog(ctx, logId);
    const first = parseArgument('from', sequenceArgument, from);
    const size = parseArgument('limit', limitArgument, limit);
    const { records } = await headers.page(ctx.stub, [log], { from: sequenceKey(first), size });
    return canonicalJson(records);
  }

  /** -> Checkpoint[] of all logs, ordered by log id. */
  @Transaction(false)
  @Returns('string')
  async Logs(ctx: Context): Promise<string> {
    await requirePermission(ctx, 'anchor:read');
    return canonicalJson((await readLogs(ctx)).map(checkpointOf));
  }
}

async function readableLog(ctx: Context, logId: string): Promise<string> {
  const log = parseArgument('logId', logIdSchema, logId);
  await requirePermission(ctx, 'anchor:read', { log });
  return log;
}

function refuseDisorder(log: string, offered: readonly Header[]): void {
  const first = offered[0]?.sequence ?? 0;
  for (const [index, { logId, sequence }] of offered.entries()) {
    if (logId !== log)
      throw new BiotError('INVALID_ARGUMENT', `headers.${index}: of log ${logId}, not ${log}`);
    if (sequence !== first + index) {
      throw new BiotError('INVALID_ARGUMENT', `headers.${index}: number ${sequence} breaks the order`);
    }
  }
}

/** A header that is on the ledger stays as it is: another one in its place is an attempt to rewrite the log. */
async function refuseDifferent({ stub }: Context, header: Header): Promise<void> {
  const stored = await headers.get(stub, headerKey(header));
  if (canonicalJson(stored) !== canonicalJson(header)) {
    throw new BiotError('ANCHOR_CONFLICT', `log ${header.logId} has another header ${header.sequence}`);
  }
}

function append({ logId, head, frontier }: LogState, header: Header): LogState {
  if (header.sequence !== frontier.size) {
    throw new BiotError('ANCHOR_GAP', `log ${logId} expects header ${frontier.size}, not ${header.sequence}`);
  }
  if (header.previous !== head) {
    throw new BiotError(
      'ANCHOR_CONFLICT',
      `header ${header.sequence} does not follow the head of log ${logId}`,
    );
  }
  const hash = headerHash(header);
  return { logId, head: toHex(hash), frontier: appendLeaf(frontier, hash) };
}

async function write(ctx: Context, after: LogState, added: readonly Header[]): Promise<void> {
  for (const header of added) await headers.put(ctx.stub, headerKey(header), header);
  await writeLog(ctx, after);
  const { logId, size, root } = checkpointOf(after);
  const event: AnchorEvent = { logId, from: size - added.length, to: size - 1, root };
  ctx.stub.setEvent(ANCHOR_EVENT, Buffer.from(canonicalJson(event)));
}

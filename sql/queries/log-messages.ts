import { z } from 'zod';

import { decodeRawMessage, type RawMessage } from '../../chaincode/protocol/message.ts';
import { decodeWitness } from '../../chaincode/protocol/witness.ts';
import { bytesColumn, integerColumn } from '../columns.ts';
import { type Queryable, select } from '../query.ts';

/** A batch's messages as they were stored; none once retention has dropped them. */
export interface StoredBatch {
  readonly sequence: number;
  readonly messages: readonly RawMessage[];
}

/** @returns undefined when it is no witness copy */
export function messagesOf(witness: Uint8Array): RawMessage[] | undefined {
  try {
    return decodeWitness(witness).map(decodeRawMessage);
  } catch {
    // Somebody changed the copy. What is in it proves nothing, and has to hold up nothing.
    return undefined;
  }
}

/**
 * The first batch of telemetry of a log from a number on, by its witness copy.
 *
 * @throws BiotError DATABASE_UNAVAILABLE or INTERNAL
 */
export async function nextBatch(
  database: Queryable,
  logId: string,
  from: number,
): Promise<StoredBatch | undefined> {
  const [row] = await select(
    database,
    z.object({ sequence: integerColumn, messages: bytesColumn.nullable() }),
    'SELECT sequence, messages FROM batches WHERE log_id = ? AND sequence >= ? AND readings > 0 ORDER BY sequence LIMIT 1',
    [logId, from],
  );
  if (row === undefined) return undefined;
  const { sequence, messages } = row;
  return { sequence, messages: (messages && messagesOf(messages)) ?? [] };
}

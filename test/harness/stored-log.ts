import { expect } from 'chai';
import type { Pool } from 'mariadb';

import { toHex } from '../../chaincode/protocol/hash.ts';
import { headerHashHex, NO_PREVIOUS } from '../../chaincode/protocol/header.ts';
import { merkleRoot } from '../../chaincode/protocol/merkle.ts';
import { encodeRawMessage, messageLeaf, type RawMessage } from '../../chaincode/protocol/message.ts';
import { rangesOf, rangesRoot } from '../../chaincode/protocol/ranges.ts';
import { readingPlace } from '../../chaincode/protocol/reading-id.ts';
import { decodeWitness } from '../../chaincode/protocol/witness.ts';
import { anchorPage, headerHashes, witnessOf } from '../../sql/queries/anchors.ts';
import { readingsById } from '../../sql/queries/telemetry.ts';

/** The rows of `telemetry` put together to messages again, by the places in their ids. */
export async function storedMessages(pool: Pool): Promise<Map<bigint, RawMessage[]>> {
  const batches = new Map<bigint, RawMessage[]>();
  for (const row of await readingsById(pool, 0n, 2n ** 63n)) {
    const { batch, leaf, value } = readingPlace(row.id);
    const messages = batches.get(batch) ?? [];
    const { tenant, device, epoch, seq, ts } = row;
    const message = (messages[leaf] ??= { tenant, device, epoch, seq, ts, values: [] });
    messages[leaf] = { ...message, values: [...message.values, { sensor: row.sensor, value: row.value }] };
    expect(value).to.equal(message.values.length);
    batches.set(batch, messages);
  }
  return batches;
}

/** Recomputes a log from the stored columns, as an auditor does, and compares with everything that was stored. */
export async function expectSoundLog(pool: Pool, logId: string): Promise<void> {
  const anchors = (await anchorPage(pool, { logId, limit: 10_000 })).reverse();
  const hashes = await headerHashes(pool, logId, 0, 10_000);
  const messages = await storedMessages(pool);
  let previous = NO_PREVIOUS;
  for (const [sequence, anchor] of anchors.entries()) {
    const batch = messages.get(anchor.batch) ?? [];
    const canonical = batch.map(encodeRawMessage);
    const header = {
      logId,
      sequence,
      size: batch.length,
      root: toHex(merkleRoot(canonical.map(messageLeaf))),
      previous,
      ranges: toHex(rangesRoot(rangesOf(batch))),
    };
    const { root, size, ranges } = anchor;
    expect({ sequence: anchor.sequence, previous: anchor.previous, root, size, ranges }).to.deep.equal({
      sequence,
      previous,
      root: header.root,
      size: header.size,
      ranges: header.ranges,
    });
    const witness = await witnessOf(pool, anchor.batch);
    expect(decodeWitness(witness!).map(toHex)).to.deep.equal(canonical.map(toHex));
    previous = headerHashHex(header);
    expect(toHex(hashes[sequence]!)).to.equal(previous);
  }
}

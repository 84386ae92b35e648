import { ANCHOR_EVENT, anchorEventSchema } from '../../chaincode/protocol/header.ts';
import { CHAINCODE, type LedgerBlock, type LedgerClient } from '../ledger/client.ts';
import type { AnchorPlace } from './outbox.ts';

const CHANNEL = 'anchors';
const decoder = new TextDecoder();

/**
 * Finds where headers of a log were appended, from the contract's own events. Of several transactions with the same
 * headers only the one that appended them says so; the others had no effect.
 *
 * @param range the headers looked for, all known to be on the ledger; `block` is one that none of them is before
 * @returns what the channel's blocks tell, which may be less than all: a peer need not have every block
 * @throws BiotError of the ledger
 */
export async function findAnchors(
  client: Pick<LedgerClient, 'blocks' | 'height'>,
  { logId, from, to, block }: { logId: string; from: number; to: number; block: number },
): Promise<AnchorPlace[]> {
  const last = (await client.height(CHANNEL)) - 1;
  const found: AnchorPlace[] = [];
  if (block > last) return found;
  const stop = new AbortController();
  try {
    for await (const next of client.blocks(CHANNEL, { from: block, signal: stop.signal })) {
      found.push(...placesIn(next, logId).filter((place) => place.to >= from && place.from <= to));
      if (next.number >= last || found.some((place) => place.to >= to)) break;
    }
  } finally {
    stop.abort();
  }
  return found;
}

/** Anyone's chaincode could use our event's name: only our contract's word counts. */
function placesIn({ number, transactions }: LedgerBlock, logId: string): AnchorPlace[] {
  return transactions.flatMap(({ id, event }) => {
    if (event?.chaincode !== CHAINCODE || event.name !== ANCHOR_EVENT) return [];
    const { logId: log, from, to } = anchorEventSchema.parse(JSON.parse(decoder.decode(event.payload)));
    return log === logId ? [{ from, to, transaction: id, block: number }] : [];
  });
}

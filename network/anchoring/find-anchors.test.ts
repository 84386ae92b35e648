import { expect } from 'chai';

import { ANCHOR_EVENT } from '../../chaincode/protocol/header.ts';
import type { LedgerBlock } from '../ledger/client.ts';
import { findAnchors } from './find-anchors.ts';

const LOG = 'ingest-1@operator';

interface Told {
  readonly from: number;
  readonly to: number;
  readonly logId?: string;
  readonly chaincode?: string;
  readonly name?: string;
}

/** Blocks with one transaction each, whose id is that of the block. */
function chainOf(...events: (Told | undefined)[]): LedgerBlock[] {
  return events.map((told, number) => {
    const { from, to, logId = LOG, chaincode = 'biot', name = ANCHOR_EVENT } = told ?? { from: 0, to: 0 };
    const payload = Buffer.from(JSON.stringify({ logId, from, to, root: '0'.repeat(64) }));
    const event = told && { chaincode, name, payload };
    return {
      number,
      dataHash: '',
      transactions: [{ id: `transaction ${number}`, valid: true, validation: 'VALID', event }],
    };
  });
}

async function find(chain: LedgerBlock[], range: { from: number; to: number; block?: number }) {
  const client = {
    height: () => Promise.resolve(chain.length),
    async *blocks(_: string, { from }: { from: number }) {
      for (const block of chain.slice(from)) yield await Promise.resolve(block);
      // A peer's blocks have no end: whoever waits for one too many waits for ever.
      await new Promise(() => undefined);
    },
  };
  return findAnchors(client, { logId: LOG, block: 0, ...range });
}

describe('findAnchors', () => {
  it('finds the transactions that appended the headers, and ends there', async () => {
    const chain = chainOf(undefined, { from: 0, to: 4 }, undefined, { from: 5, to: 9 }, { from: 10, to: 11 });
    const places = await find(chain, { from: 3, to: 7 });
    expect(places.map(({ from, to, transaction, block }) => [from, to, transaction, block])).to.deep.equal([
      [0, 4, 'transaction 1', 1],
      [5, 9, 'transaction 3', 3],
    ]);
  });

  it('begins at the block that it is given', async () => {
    const chain = chainOf({ from: 0, to: 0 }, { from: 1, to: 1 });
    expect((await find(chain, { from: 1, to: 1, block: 1 })).map(({ block }) => block)).to.deep.equal([1]);
  });

  it('believes neither another chaincode, nor another event, nor what is said of another log', async () => {
    for (const lie of [{ chaincode: 'evil' }, { name: 'devices' }, { logId: 'ingest-2@operator' }]) {
      const chain = chainOf({ from: 0, to: 1, ...lie }, undefined);
      expect(await find(chain, { from: 0, to: 1 }), JSON.stringify(lie)).to.deep.equal([]);
    }
  });

  it('gives what there is when the channel does not tell of all of them', async () => {
    const chain = chainOf({ from: 0, to: 1 }, { from: 4, to: 5 });
    expect((await find(chain, { from: 0, to: 5 })).map(({ block }) => block)).to.deep.equal([0, 1]);
  });

  it('does not wait for a block that is not there yet', async () => {
    expect(await find(chainOf({ from: 0, to: 1 }), { from: 0, to: 1, block: 1 })).to.deep.equal([]);
  });
});

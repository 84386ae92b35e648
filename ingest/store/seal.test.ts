import { expect } from 'chai';
import fc from 'fast-check';

import { toHex } from '../../chaincode/protocol/hash.ts';
import { NO_PREVIOUS } from '../../chaincode/protocol/header.ts';
import { merkleRoot } from '../../chaincode/protocol/merkle.ts';
import { messageLeaf } from '../../chaincode/protocol/message.ts';
import { decodeWitness } from '../../chaincode/protocol/witness.ts';
import { testDevice, testMessage } from '../testing/devices.ts';
import { seal } from './seal.ts';

const EMPTY = { nextSequence: 0, previous: NO_PREVIOUS, totalMessages: 0, totalReadings: 0 };
const AT = { logId: 'ingest-1@operator', head: EMPTY, createdAt: 5 };
const PRESS = testDevice('press-07');

describe('seal', () => {
  it('makes a header whose root can be recomputed from the witness copy alone', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1 }), { minLength: 1, maxLength: 50 }), (numbers) => {
        const batch = seal(
          AT,
          numbers.map((seq) => testMessage(PRESS, seq)),
        );
        const leaves = decodeWitness(batch.witness).map(messageLeaf);
        expect(toHex(merkleRoot(leaves))).to.equal(batch.header.root);
        expect(batch.header.size).to.equal(numbers.length);
      }),
    );
  });

  it('follows the head of its log', () => {
    const head = { ...EMPTY, nextSequence: 8, previous: 'ab'.repeat(32) };
    const { header } = seal({ ...AT, head }, [testMessage(PRESS, 1)]);
    expect(header).to.include({ logId: 'ingest-1@operator', sequence: 8, previous: 'ab'.repeat(32) });
  });

  it('spans the instants of its messages, which need not be in order', () => {
    const messages = [30, 10, 20].map((ts, index) => testMessage(PRESS, index + 1, { ts }));
    expect(seal(AT, messages)).to.include({ earliest: 10, latest: 30, readings: 3 });
  });
});

import { expect } from 'chai';
import fc from 'fast-check';
import { parser } from 'mqtt-packet';

import { Acknowledgements, encodeAcknowledgements } from './acknowledgements.ts';

describe('acknowledgements', () => {
  it('go out in the order of arrival, in whatever order the deliveries are settled', () => {
    const shuffled = fc
      .integer({ min: 1, max: 3000 })
      .chain((count) =>
        fc.shuffledSubarray([...Array(count).keys()], { minLength: count, maxLength: count }),
      );
    fc.assert(
      fc.property(shuffled, (order) => {
        const acknowledgements = new Acknowledgements();
        const settle = order.map((_, index) => acknowledgements.expect(index + 1));
        const sent: number[] = [];
        for (const index of order) {
          if (settle[index]!()) sent.push(...acknowledgements.take());
        }
        expect(sent).to.deep.equal(order.map((_, index) => index + 1));
        expect(acknowledgements.waiting).to.equal(0);
      }),
      { numRuns: 50 },
    );
  });

  it('wait for an earlier delivery', () => {
    const acknowledgements = new Acknowledgements();
    const first = acknowledgements.expect(7);
    const second = acknowledgements.expect(8);
    expect(second()).to.equal(false);
    expect(acknowledgements.take()).to.deep.equal([]);
    expect(first()).to.equal(true);
    expect(acknowledgements.take()).to.deep.equal([7, 8]);
  });

  it('are given once', () => {
    const acknowledgements = new Acknowledgements();
    const settle = acknowledgements.expect(7);
    settle();
    expect(acknowledgements.take()).to.deep.equal([7]);
    expect(settle()).to.equal(false);
    expect(acknowledgements.take()).to.deep.equal([]);
  });

  it('are PUBACK packets that say success', () => {
    const seen: unknown[] = [];
    const reader = parser({ protocolVersion: 5 });
    reader.on('packet', ({ cmd, messageId }) => seen.push({ cmd, messageId }));
    reader.parse(encodeAcknowledgements([1, 65_535]));
    expect(seen).to.deep.equal([
      { cmd: 'puback', messageId: 1 },
      { cmd: 'puback', messageId: 65_535 },
    ]);
  });
});

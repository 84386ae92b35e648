import { expect } from 'chai';
import fc from 'fast-check';

import { Outbox } from './outbox.ts';

function publication(text: string): { topic: string; payload: Buffer } {
  return { topic: 'receipt', payload: Buffer.from(text) };
}

describe('outbox', () => {
  it('keeps to the window, and goes on as acknowledgements come', () => {
    const outbox = new Outbox(10_000);
    for (const text of ['a', 'b', 'c']) outbox.add(publication(text));
    expect(outbox.take(2).map(({ messageId }) => messageId)).to.deep.equal([1, 2]);
    expect(outbox.take(2)).to.deep.equal([]);
    outbox.acknowledged(1);
    expect(outbox.take(2).map(({ payload }) => payload.toString())).to.deep.equal(['c']);
    expect(outbox.unacknowledged().map(({ messageId }) => messageId)).to.deep.equal([2, 3]);
  });

  it('refuses what has no room, and has room again after acknowledgements and drops', () => {
    const outbox = new Outbox(500);
    const large = publication('x'.repeat(300));
    expect(outbox.add(large)).to.equal(true);
    expect(outbox.add(large)).to.equal(false);
    outbox.take(10);
    outbox.acknowledged(1);
    expect(outbox.add(large)).to.equal(true);
    expect(outbox.dropWaiting()).to.equal(1);
    expect(outbox.add(large)).to.equal(true);
    outbox.take(10);
    expect(outbox.dropSent()).to.equal(1);
    expect(outbox.add(large)).to.equal(true);
  });

  it('sends each publication once and in order, and no id is in use twice', () => {
    const steps = fc.array(fc.oneof(fc.constant('add' as const), fc.constant('take' as const), fc.nat(5)), {
      maxLength: 300,
    });
    fc.assert(
      fc.property(steps, (list) => {
        const outbox = new Outbox(1_000_000);
        const sent: string[] = [];
        const open: number[] = [];
        let added = 0;
        for (const step of [...list, 'take' as const]) {
          if (step === 'add') outbox.add(publication(String((added += 1))));
          else if (step === 'take') {
            for (const { messageId, payload } of outbox.take(4)) {
              expect(open).not.to.include(messageId);
              open.push(messageId);
              sent.push(payload.toString());
            }
          } else outbox.acknowledged(open.splice(step, 1)[0] ?? 0);
          expect(open.length).to.be.at.most(4);
        }
        expect(sent).to.deep.equal(Array.from({ length: sent.length }, (_, index) => String(index + 1)));
        expect(sent.length + outbox.dropWaiting()).to.equal(added);
      }),
    );
  });

  it('uses ids again after the last one, but none that is still open', () => {
    const outbox = new Outbox(1_000_000);
    outbox.add(publication('first'));
    outbox.take(1);
    for (let id = 2; id <= 0xfffe; id += 1) {
      outbox.add(publication('x'));
      outbox.acknowledged(outbox.take(2)[0]!.messageId);
    }
    outbox.add(publication('next'));
    expect(outbox.take(2)[0]!.messageId).to.equal(2);
  });
});

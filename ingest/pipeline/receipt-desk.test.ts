import { expect } from 'chai';
import fc from 'fast-check';

import { type Receipt, receiptSchema } from '../../chaincode/protocol/receipt.ts';
import { FakeBroker } from '../testing/fake-broker.ts';
import { ManualTime } from '../testing/manual-time.ts';
import { ReceiptDesk } from './receipt-desk.ts';

const PRESS = { tenant: 'acme', device: 'press-07' };

describe('ReceiptDesk', () => {
  let broker: FakeBroker;
  let time: ManualTime;
  let desk: ReceiptDesk;

  beforeEach(() => {
    broker = new FakeBroker();
    time = new ManualTime();
    desk = new ReceiptDesk(broker, time);
  });

  function receipts(device = 'press-07'): Receipt[] {
    return broker.to(`/${device}/receipt`).map((payload) => receiptSchema.parse(payload));
  }

  it('tells each device at once which of its messages are committed, in ranges', () => {
    const numbers = [3, 1, 2, 9].map((seq) => ({ ...PRESS, epoch: 1, seq }));
    desk.committed([...numbers, { tenant: 'other', device: 'pump-1', epoch: 2, seq: 5 }]);
    expect(receipts()).to.deep.equal([
      {
        epoch: 1,
        committed: [
          [1, 3],
          [9, 9],
        ],
        refused: [],
      },
    ]);
    expect(broker.published.map(({ topic, qos }) => [topic, qos])).to.deep.equal([
      ['biot/v1/acme/press-07/receipt', 1],
      ['biot/v1/other/pump-1/receipt', 1],
    ]);
  });

  it('keeps the epochs of a device apart', () => {
    desk.committed([1, 2].map((epoch) => ({ ...PRESS, epoch, seq: 1 })));
    expect(receipts().map(({ epoch }) => epoch)).to.have.members([1, 2]);
  });

  it('gathers refusals of a moment into one receipt', async () => {
    desk.refused(PRESS, 1, { seq: 1, code: 'VALUE_INVALID', message: 'no' });
    desk.refused(PRESS, 1, { seq: null, code: 'MESSAGE_MALFORMED', message: 'no' });
    expect(receipts()).to.have.length(0);
    await time.advance(50);
    expect(receipts().map(({ refused }) => refused.map(({ seq }) => seq))).to.deep.equal([[1, null]]);
  });

  it('tells every refusal of a flood, and keeps each receipt below what the broker takes', async () => {
    for (let seq = 1; seq <= 1000; seq += 1) {
      desk.refused(PRESS, 1, { seq, code: 'SENSOR_UNKNOWN', message: 'x'.repeat(200) });
    }
    await time.advance(50);
    const told = receipts().flatMap(({ refused }) => refused.map(({ seq }) => seq));
    expect(told).to.have.members(Array.from({ length: 1000 }, (_, index) => index + 1));
    for (const receipt of receipts()) expect(JSON.stringify(receipt).length).to.be.below(11_000);
  });

  it('covers exactly the numbers given, however scattered', () => {
    const numbers = fc.uniqueArray(fc.integer({ min: 1, max: 2_000 }), { minLength: 1, maxLength: 500 });
    fc.assert(
      fc.property(numbers, (seqs) => {
        const inMemory = new FakeBroker();
        new ReceiptDesk(inMemory, time).committed(seqs.map((seq) => ({ ...PRESS, epoch: 1, seq })));
        const covered = inMemory
          .to('/receipt')
          .flatMap((payload) => receiptSchema.parse(payload).committed)
          .flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, index) => first + index));
        expect(covered.sort((a, b) => a - b)).to.deep.equal(seqs.sort((a, b) => a - b));
        for (const payload of inMemory.to('/receipt'))
          expect(JSON.stringify(payload).length).to.be.below(11_000);
      }),
    );
  });
});

import { expect } from 'chai';
import fc from 'fast-check';

import { type Receipt, receiptSchema, type Refused } from '../../chaincode/protocol/receipt.ts';
import type { Publisher } from '../delivery.ts';
import { FakeBroker } from '../testing/fake-broker.ts';
import { ManualTime } from '../testing/manual-time.ts';
import { ReceiptDesk } from './receipt-desk.ts';
import { RECEIPT_BYTES } from './receipt-part.ts';

const PRESS = { tenant: 'acme', device: 'press-07' };

/** As long as a text that the pipeline passes on, of anything that a sender can have put into it. */
const anyText = fc.oneof(
  fc.string({ maxLength: 20, unit: 'binary' }),
  fc
    .tuple(fc.constantFrom('x', '"', '\u0000', '€', '\u{1F525}', '\uD83D'), fc.nat(200))
    .map(([unit, length]) => unit.repeat(200).slice(0, length)),
);
const anyRefusal: fc.Arbitrary<Refused> = fc.record({
  seq: fc.option(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constant(Number.MAX_SAFE_INTEGER))),
  code: fc.constantFrom('MESSAGE_MALFORMED', 'TIMESTAMP_OUT_OF_RANGE'),
  message: anyText,
});

/** Enough to fill several receipts. */
const MANY = { minLength: 60, maxLength: 120, size: 'max' } as const;

interface Recorder extends Publisher {
  receipts(device?: string): Receipt[];
  bytes(): number[];
}

/** Keeps what is published to the byte. */
function recorder(): Recorder {
  const sent: { topic: string; payload: Uint8Array }[] = [];
  return {
    publish: (topic, payload) => {
      sent.push({ topic, payload: Buffer.from(payload) });
    },
    receipts: (device = 'press-07') =>
      sent
        .filter(({ topic }) => topic === `biot/v1/acme/${device}/receipt`)
        .map(({ payload }) => receiptSchema.parse(JSON.parse(Buffer.from(payload).toString()))),
    bytes: () => sent.map(({ payload }) => payload.length),
  };
}

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

  it('tells refusals of a flood before their moment is over, when a receipt is full', () => {
    for (let seq = 1; seq <= 100; seq += 1) {
      desk.refused(PRESS, 1, { seq, code: 'SENSOR_UNKNOWN', message: 'x'.repeat(200) });
    }
    const told = receipts().flatMap(({ refused }) => refused.map(({ seq }) => seq));
    expect(told).to.have.length.within(50, 99);
  });

  it('tells every refusal once, in order and with its text, in receipts of at most 8 KiB', () =>
    fc.assert(
      fc.asyncProperty(fc.array(anyRefusal, MANY), async (refusals) => {
        const sent = recorder();
        const clock = new ManualTime();
        const busy = new ReceiptDesk(sent, clock);
        for (const refused of refusals) busy.refused(PRESS, 1, refused);
        await clock.advance(50);
        expect(sent.receipts().flatMap(({ refused }) => refused)).to.deep.equal(refusals);
        for (const bytes of sent.bytes()) expect(bytes).to.be.at.most(RECEIPT_BYTES);
      }),
    ));

  it('keeps refusals of several devices and epochs apart, each in its order', () => {
    const sender = fc.record({
      device: fc.constantFrom('press-07', 'pump-1'),
      epoch: fc.constantFrom(null, 1, 2),
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(sender, anyRefusal), MANY), (refusals) => {
        const sent = recorder();
        const busy = new ReceiptDesk(sent, new ManualTime());
        for (const [{ device, epoch }, refused] of refusals)
          busy.refused({ tenant: 'acme', device }, epoch, refused);
        busy.flush();
        for (const device of ['press-07', 'pump-1'])
          for (const epoch of [null, 1, 2]) {
            const receiptsOfStream = sent.receipts(device).filter((receipt) => receipt.epoch === epoch);
            const given = refusals.filter(([from]) => from.device === device && from.epoch === epoch);
            expect(receiptsOfStream.flatMap(({ refused }) => refused)).to.deep.equal(
              given.map(([, refused]) => refused),
            );
          }
      }),
    );
  });

  it('cuts a text that no receipt could hold, and tells the refusal all the same', async () => {
    desk.refused(PRESS, 1, { seq: 1, code: 'VALUE_INVALID', message: '\u0000'.repeat(100_000) });
    desk.refused(PRESS, 1, { seq: 2, code: 'VALUE_INVALID', message: 'no' });
    await time.advance(50);
    const told = receipts().flatMap(({ refused }) => refused);
    expect(told.map(({ seq, message }) => [seq, message.length])).to.deep.equal([
      [1, 1_000],
      [2, 2],
    ]);
    for (const receipt of receipts())
      expect(Buffer.byteLength(JSON.stringify(receipt))).to.be.at.most(RECEIPT_BYTES);
  });

  it('covers exactly the numbers given, however scattered and large, in receipts of at most 8 KiB', () => {
    const begin = fc.oneof(fc.constant(0), fc.constant(Number.MAX_SAFE_INTEGER - 2_000));
    const numbers = fc.uniqueArray(fc.integer({ min: 1, max: 2_000 }), { minLength: 1, maxLength: 800 });
    fc.assert(
      fc.property(begin, numbers, (offset, small) => {
        const seqs = small.map((number) => offset + number);
        const sent = recorder();
        new ReceiptDesk(sent, time).committed(seqs.map((seq) => ({ ...PRESS, epoch: 1, seq })));
        const covered = sent
          .receipts()
          .flatMap(({ committed }) => committed)
          .flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, index) => first + index));
        expect(covered).to.deep.equal(seqs.sort((a, b) => a - b));
        for (const bytes of sent.bytes()) expect(bytes).to.be.at.most(RECEIPT_BYTES);
      }),
    );
  });

  it('needs no more receipts than it has to', () => {
    const sent = recorder();
    const scattered = Array.from({ length: 2_000 }, (_, index) => ({
      ...PRESS,
      epoch: 1,
      seq: 1_000 + 2 * index,
    }));
    new ReceiptDesk(sent, time).committed(scattered);
    const [...bytes] = sent.bytes();
    for (const each of bytes.slice(0, -1)) expect(each).to.be.above(RECEIPT_BYTES - 50);
  });
});

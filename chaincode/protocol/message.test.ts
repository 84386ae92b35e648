import { expect } from 'chai';
import fc from 'fast-check';

import {
  type AttributedMessage,
  attributedMessageSchema,
  decodeRawMessage,
  encodeMessage,
  encodeRawMessage,
  messageLeaf,
  orderedValues,
} from './message.ts';
import { leafHash } from './merkle.ts';
import { SENSOR_NAMES } from './sensors.ts';

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const values = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...SENSOR_NAMES), finite), {
    minLength: 1,
    maxLength: SENSOR_NAMES.length,
    selector: ([sensor]) => sensor,
  })
  .map((entries): AttributedMessage['values'] => Object.fromEntries(entries));
const message: fc.Arbitrary<AttributedMessage> = fc.record({
  tenant: fc.constantFrom('acme', 'a', 'b-2'),
  device: fc.constantFrom('press-07', 'p', 'x'.repeat(64)),
  epoch: fc.integer({ min: 1, max: 0xffff_ffff }),
  seq: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  ts: fc.maxSafeNat(),
  values,
});

const SAMPLE: AttributedMessage = {
  tenant: 'acme',
  device: 'press-07',
  epoch: 1,
  seq: 7,
  ts: 1_700_000_000_000,
  values: { temperature: 21.5, humidity: 40 },
};

describe("a message's canonical bytes", () => {
  it('are those of the format', () => {
    const expected = [
      ['000e', Buffer.from('biot.message.1').toString('hex')],
      ['0004', Buffer.from('acme').toString('hex')],
      ['0008', Buffer.from('press-07').toString('hex')],
      ['00000001', '0000000000000007', '0000018bcfe56800', '02'],
      ['0008', Buffer.from('humidity').toString('hex'), '4044000000000000'],
      ['000b', Buffer.from('temperature').toString('hex'), '4035800000000000'],
    ];
    expect(Buffer.from(encodeMessage(SAMPLE)).toString('hex')).to.equal(expected.flat().join(''));
  });

  it('give the message back, values in order', () => {
    fc.assert(
      fc.property(message, (original) => {
        const values = orderedValues(original.values).map(({ sensor, value }) => ({
          sensor,
          value: value === 0 ? 0 : value,
        }));
        expect(decodeRawMessage(encodeMessage(original))).to.deep.equal({ ...original, values });
        expect(attributedMessageSchema.safeParse(original).success).to.equal(true);
      }),
    );
  });

  it('do not depend on the order in which the values were sent', () => {
    fc.assert(
      fc.property(message, fc.array(fc.nat(), { minLength: 64, maxLength: 64 }), (original, order) => {
        const shuffled = Object.entries(original.values)
          .map((entry, index) => ({ entry, place: order[index]! }))
          .sort((left, right) => left.place - right.place)
          .map(({ entry }) => entry);
        const other = { ...original, values: Object.fromEntries(shuffled) };
        expect(encodeMessage(other)).to.deep.equal(encodeMessage(original));
      }),
    );
  });

  it('are the same for -0 and 0', () => {
    const zero = { ...SAMPLE, values: { temperature: 0 } };
    expect(encodeMessage({ ...SAMPLE, values: { temperature: -0 } })).to.deep.equal(encodeMessage(zero));
  });

  for (const [field, value] of Object.entries({
    tenant: 'acme2',
    device: 'press-08',
    epoch: 2,
    seq: 8,
    ts: 1_700_000_000_001,
    values: { temperature: 21.500000000000004, humidity: 40 },
  })) {
    it(`change with ${field}`, () => {
      expect(encodeMessage({ ...SAMPLE, [field]: value })).to.not.deep.equal(encodeMessage(SAMPLE));
    });
  }

  it('change when a value is moved to another sensor, left out or added', () => {
    const sample = encodeMessage(SAMPLE);
    for (const values of [
      { temperature: 40, humidity: 21.5 },
      { temperature: 21.5 },
      { temperature: 21.5, humidity: 40, voltage: 0 },
    ]) {
      expect(encodeMessage({ ...SAMPLE, values })).to.not.deep.equal(sample);
    }
  });

  it('of rows show their order', () => {
    const rows = orderedValues(SAMPLE.values);
    expect(encodeRawMessage({ ...SAMPLE, values: rows })).to.deep.equal(encodeMessage(SAMPLE));
    expect(encodeRawMessage({ ...SAMPLE, values: rows.toReversed() })).to.not.deep.equal(
      encodeMessage(SAMPLE),
    );
  });

  it('are refused when they are damaged', () => {
    const bytes = encodeMessage(SAMPLE);
    for (let length = 0; length < bytes.length; length += 1) {
      expect(() => decodeRawMessage(bytes.slice(0, length)), String(length)).to.throw(RangeError);
    }
    expect(() => decodeRawMessage(Uint8Array.of(...bytes, 0))).to.throw(RangeError);
    const otherKind = Uint8Array.from(bytes);
    otherKind[15] = '2'.charCodeAt(0);
    expect(() => decodeRawMessage(otherKind)).to.throw(RangeError);
  });

  it('are hashed as a leaf', () => {
    const bytes = encodeMessage(SAMPLE);
    expect(messageLeaf(bytes)).to.deep.equal(leafHash(bytes));
  });
});

import { encode as encodeCbor } from 'cborg';
import { expect } from 'chai';
import fc from 'fast-check';

import { BiotError, type ErrorCode } from './errors.ts';
import { decodeMessage, peekSequence } from './message-decoding.ts';
import { MAX_MESSAGE_BYTES, type Message } from './message.ts';
import { SENSOR_NAMES } from './sensors.ts';

function json(text: string): Uint8Array {
  return Buffer.from(text);
}

function refusal(payload: Uint8Array): BiotError {
  try {
    decodeMessage(payload);
  } catch (error) {
    if (error instanceof BiotError) return error;
    throw error;
  }
  throw new Error('the payload was taken');
}

/** A message in JSON whose values are this text. */
function withValues(values: string): Uint8Array {
  return json(`{"seq":1,"ts":1700000000000,"values":${values}}`);
}

/** The same fields, one of them as given, in CBOR. */
function cbor(fields: object): Uint8Array {
  return encodeCbor({ seq: 1, ts: 1_700_000_000_000, values: { temperature: 1 }, ...fields });
}

function hex(text: string): Uint8Array {
  return Buffer.from(text.replaceAll(' ', ''), 'hex');
}

/** JSON.parse makes of this key what no object literal can: an own property. */
const PROTOTYPE_SENSOR: unknown = JSON.parse('{"temperature":1,"__proto__":2}');

const BAD_JSON: Readonly<Record<string, readonly [Uint8Array, ErrorCode]>> = {
  nothing: [json(''), 'MESSAGE_MALFORMED'],
  'half an object': [json('{"seq":1,'), 'MESSAGE_MALFORMED'],
  'an array': [json('[1]'), 'MESSAGE_MALFORMED'],
  'a text': [json('"seq"'), 'MESSAGE_MALFORMED'],
  null: [json('null'), 'MESSAGE_MALFORMED'],
  'an empty object': [json('{}'), 'MESSAGE_MALFORMED'],
  'two objects': [json('{"seq":1,"ts":1,"values":{"temperature":1}}{}'), 'MESSAGE_MALFORMED'],
  'a comment': [json('{"seq":1,"ts":1,"values":{"temperature":1}}//'), 'MESSAGE_MALFORMED'],
  'a trailing comma': [json('{"seq":1,"ts":1,"values":{"temperature":1,}}'), 'MESSAGE_MALFORMED'],
  'bytes that are not UTF-8': [
    Buffer.concat([json('{"seq":1,"ts":1,"values":{"'), hex('ff'), json('":1}}')]),
    'MESSAGE_MALFORMED',
  ],
  'an overlong encoding of a letter': [
    Buffer.concat([json('{"seq":1,"ts":1,"values":{"temperatur'), hex('c1a5'), json('":1}}')]),
    'MESSAGE_MALFORMED',
  ],
  'UTF-16': [Buffer.from('{"seq":1,"ts":1,"values":{"temperature":1}}', 'utf16le'), 'MESSAGE_MALFORMED'],
  'seq missing': [json('{"ts":1,"values":{"temperature":1}}'), 'MESSAGE_MALFORMED'],
  'ts missing': [json('{"seq":1,"values":{"temperature":1}}'), 'MESSAGE_MALFORMED'],
  'seq 0': [json('{"seq":0,"ts":1,"values":{"temperature":1}}'), 'MESSAGE_MALFORMED'],
  'seq negative': [json('{"seq":-1,"ts":1,"values":{"temperature":1}}'), 'MESSAGE_MALFORMED'],
  'seq a fraction': [json('{"seq":1.5,"ts":1,"values":{"temperature":1}}'), 'MESSAGE_MALFORMED'],
  'seq a text': [json('{"seq":"1","ts":1,"values":{"temperature":1}}'), 'MESSAGE_MALFORMED'],
  'seq beyond exact numbers': [
    json('{"seq":9007199254740993,"ts":1,"values":{"temperature":1}}'),
    'MESSAGE_MALFORMED',
  ],
  'ts a date': [json('{"seq":1,"ts":"2026-01-01","values":{"temperature":1}}'), 'MESSAGE_MALFORMED'],
  'ts a fraction': [json('{"seq":1,"ts":1.5,"values":{"temperature":1}}'), 'MESSAGE_MALFORMED'],
  'ts negative': [json('{"seq":1,"ts":-1,"values":{"temperature":1}}'), 'MESSAGE_MALFORMED'],
  'a field of its own': [
    json('{"seq":1,"ts":1,"values":{"temperature":1},"device":"x"}'),
    'MESSAGE_MALFORMED',
  ],
  'a prototype': [json('{"seq":1,"ts":1,"values":{"temperature":1},"__proto__":{}}'), 'MESSAGE_MALFORMED'],
  'seq twice': [json('{"seq":1,"seq":2,"ts":1,"values":{"temperature":1}}'), 'MESSAGE_MALFORMED'],
  'seq twice, once in disguise': [
    json(String.raw`{"seq":1,"\u0073eq":2,"ts":1,"values":{"temperature":1}}`),
    'MESSAGE_MALFORMED',
  ],
  'values twice': [
    json('{"seq":1,"ts":1,"values":{"temperature":1},"values":{"temperature":2}}'),
    'MESSAGE_MALFORMED',
  ],
  'a sensor twice': [withValues('{"temperature":1,"temperature":2}'), 'MESSAGE_MALFORMED'],
  'values missing': [json('{"seq":1,"ts":1}'), 'VALUE_INVALID'],
  'no values': [withValues('{}'), 'VALUE_INVALID'],
  'values an array': [withValues('[1,2]'), 'VALUE_INVALID'],
  'values null': [withValues('null'), 'VALUE_INVALID'],
  'values a number': [withValues('1'), 'VALUE_INVALID'],
  'a value that is a text': [withValues('{"temperature":"21.5"}'), 'VALUE_INVALID'],
  'a value that is true': [withValues('{"temperature":true}'), 'VALUE_INVALID'],
  'a value that is null': [withValues('{"temperature":null}'), 'VALUE_INVALID'],
  'a value that is an object': [withValues('{"temperature":{"value":1}}'), 'VALUE_INVALID'],
  'a value that is a list': [withValues('{"temperature":[1]}'), 'VALUE_INVALID'],
  'a value beyond all doubles': [withValues('{"temperature":1e400}'), 'VALUE_INVALID'],
  'NaN, which JSON does not have': [withValues('{"temperature":NaN}'), 'MESSAGE_MALFORMED'],
  'an unknown sensor': [withValues('{"temperature":1,"mood":2}'), 'SENSOR_UNKNOWN'],
  'a sensor in capitals': [withValues('{"Temperature":1}'), 'SENSOR_UNKNOWN'],
  'a sensor without a name': [withValues('{"":1}'), 'SENSOR_UNKNOWN'],
  'a sensor named __proto__': [withValues('{"temperature":1,"__proto__":2}'), 'SENSOR_UNKNOWN'],
  'a sensor named __proto__ alone': [withValues('{"__proto__":2}'), 'SENSOR_UNKNOWN'],
  'a sensor named __proto__ in disguise': [
    withValues(String.raw`{"temperature":1,"\u005f_proto__":2}`),
    'SENSOR_UNKNOWN',
  ],
  'a sensor named constructor': [withValues('{"constructor":1}'), 'SENSOR_UNKNOWN'],
  'a sensor named toString': [withValues('{"toString":1}'), 'SENSOR_UNKNOWN'],
  'a sensor that would be SQL': [
    withValues(`{"temperature'; DROP TABLE telemetry; --":1}`),
    'SENSOR_UNKNOWN',
  ],
};

const BAD_CBOR: Readonly<Record<string, readonly [Uint8Array, ErrorCode]>> = {
  'half a map': [cbor({}).slice(0, -1), 'MESSAGE_MALFORMED'],
  'a map and more': [Buffer.concat([cbor({}), hex('00')]), 'MESSAGE_MALFORMED'],
  'an array': [encodeCbor([1, 2]), 'MESSAGE_MALFORMED'],
  'a number': [encodeCbor(1), 'MESSAGE_MALFORMED'],
  'the break code alone': [hex('ff'), 'MESSAGE_MALFORMED'],
  'a reserved length': [hex('bc'), 'MESSAGE_MALFORMED'],
  'a map of indefinite length': [hex('bf 63 736571 01 ff'), 'MESSAGE_MALFORMED'],
  'a map that claims 2^48 entries': [hex('bb 0001000000000000'), 'MESSAGE_MALFORMED'],
  'an array that claims 2^32 entries': [hex('9a ffffffff'), 'MESSAGE_MALFORMED'],
  'a text that claims 2^31 bytes': [hex('a1 7a 80000000 61'), 'MESSAGE_MALFORMED'],
  'a key that is not UTF-8': [hex('a1 61 ff 01'), 'MESSAGE_MALFORMED'],
  'a number for a key': [encodeCbor(new Map([[1, 1]])), 'MESSAGE_MALFORMED'],
  'a key twice': [hex('a2 63 736571 01 63 736571 02'), 'MESSAGE_MALFORMED'],
  'a tag': [hex('c0 a0'), 'MESSAGE_MALFORMED'],
  undefined: [hex('f7'), 'MESSAGE_MALFORMED'],
  'a value that is NaN': [cbor({ values: { temperature: Number.NaN } }), 'MESSAGE_MALFORMED'],
  'a value that is a half-precision NaN': [hex('a1 61 61 f9 7e00'), 'MESSAGE_MALFORMED'],
  'a value that is infinite': [cbor({ values: { temperature: -Infinity } }), 'MESSAGE_MALFORMED'],
  'a seq of 64 bits': [cbor({ seq: 2n ** 60n }), 'MESSAGE_MALFORMED'],
  'a seq that is a text': [cbor({ seq: '1' }), 'MESSAGE_MALFORMED'],
  'a field of its own': [cbor({ device: 'x' }), 'MESSAGE_MALFORMED'],
  'a value that is a byte string': [cbor({ values: { temperature: Uint8Array.of(1) } }), 'VALUE_INVALID'],
  'values in a list': [cbor({ values: [1] }), 'VALUE_INVALID'],
  'no values': [cbor({ values: {} }), 'VALUE_INVALID'],
  'an unknown sensor': [cbor({ values: { mood: 1 } }), 'SENSOR_UNKNOWN'],
  'a sensor named __proto__': [cbor({ values: PROTOTYPE_SENSOR }), 'SENSOR_UNKNOWN'],
};

describe('decoding what a device sent', () => {
  // Neither JSON nor cborg writes -0: both make it 0.
  const number = fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .map((value) => (value === 0 ? 0 : value));
  const message: fc.Arbitrary<Message> = fc.record({
    seq: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    ts: fc.maxSafeNat(),
    values: fc
      .uniqueArray(fc.tuple(fc.constantFrom(...SENSOR_NAMES), number), {
        minLength: 1,
        maxLength: SENSOR_NAMES.length,
        selector: ([sensor]) => sensor,
      })
      .map((entries): Message['values'] => Object.fromEntries(entries)),
  });

  it('gives the same message from JSON and from CBOR', () => {
    fc.assert(
      fc.property(message, (sent) => {
        expect(decodeMessage(encodeCbor(sent))).to.deep.equal(sent);
        expect(decodeMessage(json(JSON.stringify(sent)))).to.deep.equal(sent);
        expect(decodeMessage(json(JSON.stringify(sent, null, 2)))).to.deep.equal(sent);
      }),
    );
  });

  it('takes every known sensor, and all of them at once', () => {
    const values = Object.fromEntries(SENSOR_NAMES.map((sensor, index) => [sensor, index]));
    expect(decodeMessage(withValues(JSON.stringify(values))).values).to.deep.equal(values);
  });

  it('takes a name written with escapes for the name that it is', () => {
    const { values } = decodeMessage(withValues(String.raw`{"\u0074emperature":1}`));
    expect(values).to.deep.equal({ temperature: 1 });
  });

  for (const [what, [payload, code]] of Object.entries(BAD_JSON)) {
    it(`refuses in JSON ${what}: ${code}`, () => {
      expect(refusal(payload).code).to.equal(code);
    });
  }

  for (const [what, [payload, code]] of Object.entries(BAD_CBOR)) {
    it(`refuses in CBOR ${what}: ${code}`, () => {
      expect(refusal(payload).code).to.equal(code);
    });
  }

  it('refuses 1 MB unread, whatever it is', () => {
    for (const byte of ['{', ' ', '\u0000', '"']) {
      expect(refusal(Buffer.alloc(1_048_576, byte)).code).to.equal('MESSAGE_TOO_LARGE');
    }
  });

  it('takes a message of the largest size, and none that is a byte longer', () => {
    const text = '{"seq":1,"ts":1,"values":{"temperature":1}}';
    const largest = text.padEnd(MAX_MESSAGE_BYTES);
    expect(decodeMessage(json(largest)).seq).to.equal(1);
    expect(refusal(json(`${largest} `)).code).to.equal('MESSAGE_TOO_LARGE');
  });

  it('refuses 10,000 values, and as many unknown ones as fit, with a reason that stays short', () => {
    const many = (count: number): Uint8Array =>
      withValues(
        JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, index) => [`s${index}`, 1]))),
      );
    expect(refusal(many(10_000)).code).to.equal('MESSAGE_TOO_LARGE');
    const { code, message: reason } = refusal(many(800));
    expect(code).to.equal('SENSOR_UNKNOWN');
    expect(reason.length).to.be.at.most(200);
  });

  it('refuses nesting of any depth', () => {
    for (const payload of [
      json('['.repeat(8000)),
      json(`{"seq":${'['.repeat(4000)}${']'.repeat(4000)},"ts":1,"values":{}}`),
      json('{"a":'.repeat(1600)),
      Uint8Array.from({ length: 8000 }, () => 0x81),
      Buffer.concat(Array.from({ length: 2000 }, () => hex('a1 61 61'))),
    ]) {
      expect(refusal(payload).code).to.equal('MESSAGE_MALFORMED');
    }
  });

  it('answers any bytes with a message or a coded refusal, and nothing else', () => {
    const start = fc.constantFrom<number[]>([], [0x7b], [0xa3], [0xa1, 0x63, 0x73, 0x65, 0x71]);
    fc.assert(
      fc.property(start, fc.uint8Array({ maxLength: 60 }), (first, rest) => {
        expect(refusal(Uint8Array.of(...first, ...rest)).code).to.match(/^(MESSAGE|VALUE|SENSOR)_/);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the sequence number of a refused payload', () => {
  it('is told where it can be read', () => {
    expect(peekSequence(json('{"seq":7,"ts":"never","values":{"mood":1},"more":1}'))).to.equal(7);
    expect(peekSequence(cbor({ seq: 7, values: null }))).to.equal(7);
  });

  it('is null where it cannot', () => {
    for (const text of ['', '{', '{}', '{"seq":0}', '{"seq":"7"}', '{"seq":1.5}', '[7]', 'null']) {
      expect(peekSequence(json(text)), text).to.equal(null);
    }
    expect(peekSequence(json(`{"seq":7}${' '.repeat(MAX_MESSAGE_BYTES)}`))).to.equal(null);
  });
});

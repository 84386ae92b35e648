import { expect } from 'chai';
import fc from 'fast-check';

import { ByteReader, ByteWriter, compareText, equalBytes, MAX_SAFE } from './bytes.ts';

/** One value that the format can hold, and how it is written and read. */
type Field =
  | { kind: 'u8' | 'u16' | 'u32' | 'u64' | 'f64'; value: number }
  | { kind: 'text'; value: string }
  | { kind: 'fixed'; value: Uint8Array };

const field: fc.Arbitrary<Field> = fc.oneof(
  fc.record({ kind: fc.constant('u8' as const), value: fc.integer({ min: 0, max: 0xff }) }),
  fc.record({ kind: fc.constant('u16' as const), value: fc.integer({ min: 0, max: 0xffff }) }),
  fc.record({ kind: fc.constant('u32' as const), value: fc.integer({ min: 0, max: 0xffff_ffff }) }),
  fc.record({ kind: fc.constant('u64' as const), value: fc.maxSafeNat() }),
  fc.record({
    kind: fc.constant('f64' as const),
    value: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value)),
  }),
  fc.record({ kind: fc.constant('text' as const), value: fc.string({ unit: 'binary', maxLength: 400 }) }),
  fc.record({ kind: fc.constant('fixed' as const), value: fc.uint8Array({ minLength: 32, maxLength: 32 }) }),
);

function write(fields: readonly Field[], writer = new ByteWriter()): Uint8Array {
  for (const { kind, value } of fields) {
    if (kind === 'text') writer.text(value);
    else if (kind === 'fixed') writer.fixed(value, 32);
    else writer[kind](value);
  }
  return writer.finish();
}

function read(bytes: Uint8Array, kinds: readonly Field['kind'][]): unknown[] {
  const reader = new ByteReader(bytes);
  const values = kinds.map((kind) => (kind === 'fixed' ? reader.fixed(32) : reader[kind]()));
  reader.end();
  return values;
}

describe('canonical bytes', () => {
  it('give back what was written, however long it is', () => {
    fc.assert(
      fc.property(fc.array(field, { maxLength: 40 }), (fields) => {
        const kinds = fields.map(({ kind }) => kind);
        expect(read(write(fields), kinds)).to.deep.equal(fields.map(({ value }) => value));
      }),
    );
  });

  it('differ whenever the values differ: no field can borrow from its neighbour', () => {
    const texts = fc.array(
      fc.string({ unit: fc.constantFrom('a', 'b', '\0', '\u0001', 'é'), maxLength: 3 }),
      {
        minLength: 1,
        maxLength: 4,
      },
    );
    fc.assert(
      fc.property(texts, texts, (left, right) => {
        const bytes = (values: string[]): Uint8Array =>
          write(values.map((value) => ({ kind: 'text', value })));
        const same = JSON.stringify(left) === JSON.stringify(right);
        expect(equalBytes(bytes(left), bytes(right))).to.equal(same);
      }),
      { numRuns: 2000 },
    );
  });

  it('are those of the format: big-endian, lengths in front', () => {
    const bytes = new ByteWriter()
      .u8(1)
      .u16(2)
      .u32(3)
      .u64(2 ** 32 + 5)
      .f64(1)
      .text('é')
      .finish();
    expect(Buffer.from(bytes).toString('hex')).to.equal(
      ['01', '0002', '00000003', '0000000100000005', '3ff0000000000000', '0002c3a9'].join(''),
    );
  });

  it('keep a byte order mark, which many a decoder swallows', () => {
    const bytes = write([{ kind: 'text', value: '\ufeffa' }]);
    expect(read(bytes, ['text'])).to.deep.equal(['\ufeffa']);
  });

  it('write -0 as 0', () => {
    expect(write([{ kind: 'f64', value: -0 }])).to.deep.equal(write([{ kind: 'f64', value: 0 }]));
  });

  it('keep what was finished when the writer goes on', () => {
    const writer = new ByteWriter().u32(1);
    const first = writer.finish();
    writer.clear().u32(2);
    expect(first).to.deep.equal(Uint8Array.of(0, 0, 0, 1));
    expect(writer.finish()).to.deep.equal(Uint8Array.of(0, 0, 0, 2));
  });

  it('refuse what the format cannot hold', () => {
    const writer = new ByteWriter();
    for (const value of [-1, 0.5, Number.NaN, Infinity]) {
      expect(() => writer.u8(value)).to.throw(RangeError);
      expect(() => writer.u64(value)).to.throw(RangeError);
    }
    expect(() => writer.u8(0x100)).to.throw(RangeError);
    expect(() => writer.u16(0x1_0000)).to.throw(RangeError);
    expect(() => writer.u32(0x1_0000_0000)).to.throw(RangeError);
    expect(() => writer.u64(MAX_SAFE + 1)).to.throw(RangeError);
    for (const value of [Number.NaN, Infinity, -Infinity])
      expect(() => writer.f64(value)).to.throw(RangeError);
    expect(() => writer.text('\ud800')).to.throw(RangeError);
    expect(() => writer.text('x'.repeat(0x1_0000))).to.throw(RangeError);
    expect(() => writer.fixed(new Uint8Array(31), 32)).to.throw(RangeError);
  });

  it('refuse to be read when they are cut short, too long, or not canonical', () => {
    fc.assert(
      fc.property(fc.array(field, { minLength: 1, maxLength: 10 }), fc.nat(), (fields, cut) => {
        const bytes = write(fields);
        const kinds = fields.map(({ kind }) => kind);
        const shorter = bytes.slice(0, cut % bytes.length);
        expect(() => read(shorter, kinds)).to.throw(RangeError);
        expect(() => read(Uint8Array.of(...bytes, 0), kinds)).to.throw(RangeError);
      }),
    );
    const hex = (text: string): ByteReader => new ByteReader(Buffer.from(text, 'hex'));
    expect(() => hex('0020000000000000').u64()).to.throw(RangeError);
    expect(() => hex('ffffffffffffffff').u64()).to.throw(RangeError);
    expect(() => hex('8000000000000000').f64(), '-0').to.throw(RangeError);
    expect(() => hex('7ff8000000000000').f64(), 'NaN').to.throw(RangeError);
    expect(() => hex('7ff0000000000000').f64(), 'Infinity').to.throw(RangeError);
    expect(() => hex('0001ff').text(), 'not UTF-8').to.throw();
    expect(() => hex('0003eda080').text(), 'a surrogate in UTF-8').to.throw();
    expect(() => hex('0002c080').text(), 'an overlong NUL').to.throw();
  });

  it('can be read from the middle of a larger buffer', () => {
    const bytes = Uint8Array.of(9, 9, 0, 0, 0, 7, 9).subarray(2, 6);
    expect(new ByteReader(bytes).u32()).to.equal(7);
  });
});

describe('the order of texts', () => {
  it('is that of their UTF-8 bytes', () => {
    const text = fc.string({ unit: 'binary', maxLength: 6 });
    fc.assert(
      fc.property(text, text, (left, right) => {
        expect(Math.sign(compareText(left, right))).to.equal(
          Buffer.compare(Buffer.from(left), Buffer.from(right)),
        );
      }),
      { numRuns: 1000 },
    );
    // In UTF-16, as JavaScript compares, the first of these is the larger.
    expect(compareText('\uffff', '\u{10000}')).to.be.lessThan(0);
  });
});

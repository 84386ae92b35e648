import { expect } from 'chai';

import { encodeHeader, type Header, headerHash, headerHashHex, headerSchema, NO_PREVIOUS } from './header.ts';
import { leafHash } from './merkle.ts';

const HEADER: Header = {
  logId: 'ingest-1@operator',
  sequence: 5,
  size: 100,
  root: 'aa'.repeat(32),
  previous: 'bb'.repeat(32),
  ranges: 'cc'.repeat(32),
};

const CHANGES: Readonly<Record<string, unknown>> = {
  logId: 'ingest-2@operator',
  sequence: 6,
  size: 101,
  root: 'ab'.repeat(32),
  previous: NO_PREVIOUS,
  ranges: 'cd'.repeat(32),
};

describe("a batch's header", () => {
  it('has the bytes of the format, and is hashed as a leaf', () => {
    const text = (value: string): string => {
      const bytes = Buffer.from(value);
      return bytes.length.toString(16).padStart(4, '0') + bytes.toString('hex');
    };
    const bytes = encodeHeader(HEADER);
    expect(Buffer.from(bytes).toString('hex')).to.equal(
      [
        text('biot.header.1'),
        text(HEADER.logId),
        '0000000000000005',
        '00000064',
        HEADER.root,
        HEADER.previous,
        HEADER.ranges,
      ].join(''),
    );
    expect(headerHash(HEADER)).to.deep.equal(leafHash(bytes));
  });

  it('has another hash when any field is another', () => {
    expect(Object.keys(CHANGES)).to.have.members(Object.keys(HEADER));
    for (const [field, value] of Object.entries(CHANGES)) {
      const changed = headerSchema.parse({ ...HEADER, [field]: value });
      expect(headerHashHex(changed), field).to.not.equal(headerHashHex(HEADER));
    }
  });

  it('is refused when a field is none', () => {
    for (const [field, value] of [
      ['logId', 'ingest-1'],
      ['sequence', -1],
      ['sequence', 2 ** 53],
      ['sequence', '5'],
      ['size', 0],
      ['size', 16_385],
      ['root', 'AA'.repeat(32)],
      ['root', 'aa'.repeat(31)],
      ['previous', null],
      ['more', 1],
    ] as const) {
      expect(headerSchema.safeParse({ ...HEADER, [field]: value }).success, field).to.equal(false);
    }
  });
});

import { expect } from 'chai';
import fc from 'fast-check';

import { rangeOf } from './byte-range.ts';

const ETAG = '"abc"';
const ask = (range?: string, ifRange?: string, size = 10) =>
  rangeOf({ range, ifRange }, { size, etag: ETAG });

describe('which bytes are asked for', () => {
  it('is said by one range', () => {
    expect(ask('bytes=0-3')).to.deep.equal({ first: 0, last: 3 });
    expect(ask('bytes=4-')).to.deep.equal({ first: 4, last: 9 });
    expect(ask('bytes=4-100')).to.deep.equal({ first: 4, last: 9 });
    expect(ask('bytes=-3')).to.deep.equal({ first: 7, last: 9 });
    expect(ask('bytes=-100')).to.deep.equal({ first: 0, last: 9 });
    expect(ask('Bytes=9-9 ')).to.deep.equal({ first: 9, last: 9 });
  });

  it('is the whole when it is said in no way that we know', () => {
    for (const range of [
      undefined,
      '',
      'bytes=',
      'bytes=-',
      'bytes=3-1',
      'bytes=0-1,3-4',
      'lines=0-3',
      'bytes=a-b',
      'bytes=-1-2',
      `bytes=${'9'.repeat(20)}-`,
    ])
      expect(ask(range), String(range)).to.equal(undefined);
  });

  it('is nothing that there is, behind the end', () => {
    for (const range of ['bytes=10-', 'bytes=10-20', 'bytes=-0'])
      expect(ask(range), range).to.equal('unsatisfiable');
  });

  it('is a range only of the very same thing', () => {
    expect(ask('bytes=4-', ETAG)).to.deep.equal({ first: 4, last: 9 });
    for (const other of ['"abd"', 'W/"abc"', 'abc', 'Wed, 21 Oct 2026 07:28:00 GMT', ''])
      expect(ask('bytes=4-', other), other).to.equal(undefined);
  });

  it('lies within it, whatever is asked', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^(bytes=)?[0-9]{0,3}-?[0-9]{0,3}$/),
        fc.integer({ min: 1, max: 500 }),
        (range, size) => {
          const found = ask(range, undefined, size);
          if (found === undefined || found === 'unsatisfiable') return;
          expect(found.first).to.be.within(0, found.last);
          expect(found.last).to.be.below(size);
        },
      ),
    );
  });
});

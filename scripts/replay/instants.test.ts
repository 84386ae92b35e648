import { expect } from 'chai';
import fc from 'fast-check';

import { parseInstant } from './instants.ts';

const EXPECTED = Date.UTC(2013, 11, 2, 21, 15, 0);

describe('instants in a replayed file', () => {
  it('are understood in each of the three forms, and are UTC unless they say otherwise', () => {
    for (const text of [
      '2013-12-02 21:15:00',
      '2013-12-02 21:15',
      '2013-12-02T21:15:00Z',
      '2013-12-02T21:15:00.000',
      '2013-12-02T22:15:00+01:00',
      '2013-12-02T16:45:00-0430',
      String(EXPECTED),
    ]) {
      expect(parseInstant(text), text).to.equal(EXPECTED);
    }
    expect(parseInstant('2013-12-02 21:15:00.5')).to.equal(EXPECTED + 500);
    expect(parseInstant('2013-12-02 21:15:00.123999')).to.equal(EXPECTED + 123);
  });

  it('are what ISO 8601 says, for any instant', () => {
    const dates = fc.date({
      min: new Date(LEAST),
      max: new Date('9999-12-31T23:59:59.999Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(dates, (date) => {
        expect(parseInstant(date.toISOString())).to.equal(date.getTime());
        expect(parseInstant(String(date.getTime()))).to.equal(date.getTime());
      }),
    );
  });

  it('are refused when they are not in the calendar, or not what they seem', () => {
    for (const text of [
      '',
      'yesterday',
      '2013-02-30 00:00:00',
      '2013-13-01 00:00:00',
      '2013-12-02 24:00:00',
      '2013-12-02 23:59:60',
      '2013-12-02',
      '02.12.2013 21:15',
      '2013-12-02T21:15:00+25:00',
      '1969-12-31 23:59:59',
      '1386018900',
      '99999999999999999999',
      '1e12',
      '-5',
      ' 2013-12-02 21:15:00',
    ]) {
      expect(parseInstant(text), text).to.be.a('string');
    }
    expect(parseInstant('1386018900')).to.contain('seconds');
  });
});

const LEAST = 100_000_000_000;

import { expect } from 'chai';

import { formatBothClocks, formatDuration, formatInstant, formatRelative } from './format-time.ts';

// In local time, as everything that is shown: the tests hold in every time zone.
const NOW = new Date(2026, 10, 22, 12).getTime();
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe('relative time', () => {
  for (const [age, text] of [
    [0, 'just now'],
    [999, 'just now'],
    [3 * SECOND, '3 s ago'],
    [59.9 * SECOND, '59 s ago'],
    [MINUTE, '1 min ago'],
    [3 * HOUR, '3 h ago'],
    [29 * DAY, '29 d ago'],
  ] as const) {
    it(`of ${age} ms is "${text}"`, () => {
      expect(formatRelative(NOW - age, NOW)).to.equal(text);
    });
  }

  it('is a date when it is long ago', () => {
    expect(formatRelative(new Date(2014, 1, 19, 12).getTime(), NOW)).to.equal('19 Feb 2014');
  });

  it('forgives a clock that is a little ahead, and shows one that is wrong', () => {
    expect(formatRelative(NOW + 5 * SECOND, NOW)).to.equal('just now');
    expect(formatRelative(NOW + 400 * DAY, NOW)).to.equal('27 Dec 2027');
  });
});

describe('absolute time', () => {
  it('has seconds, and both clocks on hover', () => {
    expect(formatInstant(NOW)).to.match(/^22 Nov 2026, 12:00:00$/);
    expect(formatBothClocks(NOW)).to.contain(new Date(NOW).toISOString());
  });

  it('has durations of any length', () => {
    expect(formatDuration(400 * DAY)).to.equal('400 d');
    expect(formatDuration(42_000)).to.equal('42 s');
  });
});

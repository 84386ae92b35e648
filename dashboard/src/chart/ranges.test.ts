import { expect } from 'chai';

import { chooseRange } from './ranges.ts';

const NOW = 1_700_000_000_000;
const HOUR = 3_600_000;

describe('range of a chart', () => {
  it('is the one that was asked for', () => {
    expect(chooseRange('24h', undefined, NOW).key).to.equal('24h');
  });

  for (const [age, key] of [
    [1_000, '5m'],
    [HOUR / 2, '1h'],
    [5 * HOUR, '24h'],
    [50 * HOUR, '7d'],
    [10_000 * HOUR, 'all'],
  ] as const) {
    it(`is ${key} when the latest reading is ${age / 1000} s old`, () => {
      expect(chooseRange(undefined, NOW - age, NOW).key).to.equal(key);
    });
  }

  it('is the live one when there is no reading, or the key means nothing', () => {
    expect(chooseRange('forever', undefined, NOW).key).to.equal('5m');
  });
});

import { expect } from 'chai';

import { shortenHash } from './hash.ts';
import { formatBytes, formatCompact, formatCount, formatValue } from './number.ts';
import { organisationName } from './organisation.ts';
import { sensorLabel } from './sensor.ts';

describe('hashes', () => {
  it('keep both ends', () => {
    expect(shortenHash(`abcdef${'0'.repeat(54)}9876`)).to.equal('abcdef…9876');
  });

  it('stay whole when nothing would be gained', () => {
    expect(shortenHash('abcdef12345')).to.equal('abcdef12345');
  });
});

describe('numbers', () => {
  it('group counts, and shorten them only where they are long', () => {
    expect(formatCount(1_234_567)).to.equal('1,234,567');
    expect(formatCompact(99_999)).to.equal('99,999');
    expect(formatCompact(1_234_567)).to.equal('1.2M');
  });

  it('of bytes are as files are sold', () => {
    expect([0, 999, 5_000_000, 67_108_864, 2e12].map(formatBytes)).to.deep.equal([
      '0 B',
      '999 B',
      '5 MB',
      '67.1 MB',
      '2,000 GB',
    ]);
  });

  for (const [value, text] of [
    [0, '0.000'],
    [2.3456, '2.346'],
    [-2.3, '-2.300'],
    [71.5, '71.50'],
    [1013.25, '1,013.3'],
    [123_456.7, '123,457'],
    [0.000_012_34, '0.00001234'],
    [1.5e12, '1.500e+12'],
  ] as const) {
    it(`show ${value} as ${text}`, () => {
      expect(formatValue(value)).to.equal(text);
    });
  }
});

describe('names', () => {
  it('of organisations are as people say them', () => {
    expect(organisationName('OperatorMSP')).to.equal('Operator');
  });

  it('of sensors come from the protocol, or stay as they are', () => {
    expect(sensorLabel('co2')).to.equal('Carbon dioxide');
    expect(sensorLabel('warp')).to.equal('warp');
    expect(sensorLabel('constructor')).to.equal('constructor');
  });
});

import { expect } from 'chai';

import { sparkline } from './sparkline.ts';

const BOX = { width: 100, height: 11, capacity: 11 };

describe('sparkline', () => {
  it('is nothing before there are two values', () => {
    expect(sparkline([], BOX)).to.equal(undefined);
    expect(sparkline([1], BOX)).to.equal(undefined);
  });

  it('grows in from the right edge', () => {
    expect(sparkline([0, 10], BOX)?.line).to.equal('M90 11L100 1');
  });

  it('closes its area at the bottom', () => {
    expect(sparkline([0, 10], BOX)?.area).to.equal('M90 11L100 1V11H90Z');
  });

  it('lies at the bottom when nothing comes', () => {
    expect(sparkline([0, 0, 0], BOX)?.line).to.equal('M80 11L90 11L100 11');
  });
});

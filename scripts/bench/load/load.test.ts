import { expect } from 'chai';
import fc from 'fast-check';

import { FLOOD, PacedSource } from './sources.ts';
import { Tally } from './tally.ts';

describe('load of a bench', () => {
  it('fills all room in a flood', () => {
    expect(FLOOD.take(0, 3, 500)).to.deep.equal([500, 500, 500]);
    expect(FLOOD.take(0, 0, 500)).to.deep.equal([]);
  });

  it('paces messages evenly over time and devices', () => {
    const source = new PacedSource({ devices: 2, rate: 100, now: 1_000 });
    expect(source.advance(1_030)).to.deep.equal([0, 1, 0, 1]);
    expect(source.take(0, 9)).to.deep.equal([1_000, 1_020]);
    expect(source.take(1, 9)).to.deep.equal([1_010, 1_030]);
    expect(source.advance(1_039)).to.deep.equal([]);
    expect(source.take(0, 9)).to.deep.equal([]);
  });

  it('keeps the instant at which a message was due that had to wait', () => {
    const source = new PacedSource({ devices: 1, rate: 1_000, now: 0 });
    source.advance(2);
    expect(source.take(0, 1)).to.deep.equal([0]);
    expect(source.take(0, 0)).to.deep.equal([]);
    source.advance(3);
    expect(source.take(0, 9)).to.deep.equal([1, 2, 3]);
  });

  it('keeps its rate however irregularly it is asked', () => {
    const steps = fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 50 });
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 7 }), (pauses, devices) => {
        const source = new PacedSource({ devices, rate: 250, now: 0 });
        let now = 0;
        let scheduled = 0;
        for (const pause of pauses) {
          now += pause;
          scheduled += source.advance(now).length;
        }
        if (pauses.length > 0) expect(scheduled).to.equal(Math.floor(now / 4) + 1);
      }),
    );
  });
});

describe('tally of receipts', () => {
  it('counts those that come in the measured time', () => {
    const tally = new Tally({ from: 100, to: 200 });
    for (const instant of [99, 100, 150, 199, 200]) tally.settle(0, instant);
    expect(tally.receipted).to.equal(3);
    expect(tally.latency()).to.equal(null);
  });

  it('takes the latency of all that was due then, also when the receipt came after the end', () => {
    const tally = new Tally({ from: 100, to: 200 });
    tally.settle(50, 150);
    tally.settle(100, 110);
    tally.settle(199, 5_199);
    expect(tally.latency()).to.deep.equal({ p50: 10, p99: 5_000 });
  });

  it('counts refusals by code', () => {
    const tally = new Tally({ from: 0, to: 1 });
    for (const code of ['DEVICE_UNKNOWN', 'VALUE_INVALID', 'DEVICE_UNKNOWN']) tally.refuse(code);
    expect(tally.refused).to.deep.equal({ DEVICE_UNKNOWN: 2, VALUE_INVALID: 1 });
  });
});

import { expect } from 'chai';
import fc from 'fast-check';
import { FreshnessMeter } from './freshness.ts';

const BOUND = 5_000;

function meterWith({ applied }: { applied: number }): FreshnessMeter {
  const meter = new FreshnessMeter({ now: 0, boundMs: BOUND });
  meter.applied(applied);
  return meter;
}

describe('freshness', () => {
  it('is not there before the first answer, however recent the start', () => {
    const meter = meterWith({ applied: 9 });
    expect(meter.freshness(10)).to.deep.equal({ fresh: false, silentMs: 10, height: null });
  });

  it('counts from the instant of the question, as the answer may be of that instant', () => {
    const meter = meterWith({ applied: 9 });
    const heartbeat = meter.ask(100);
    meter.answer(heartbeat, 10);
    expect(meter.freshness(900)).to.deep.equal({ fresh: true, silentMs: 800, height: 10 });
  });

  it('ends when the bound has passed without another answer', () => {
    const meter = meterWith({ applied: 9 });
    meter.answer(meter.ask(100), 10);
    expect(meter.freshness(100 + BOUND).fresh).to.be.true;
    expect(meter.freshness(101 + BOUND).fresh).to.be.false;
  });

  it('waits for the blocks that an answer names', () => {
    const meter = meterWith({ applied: 9 });
    meter.answer(meter.ask(100), 12);
    expect(meter.behind).to.be.true;
    meter.applied(10);
    expect(meter.freshness(200).fresh).to.be.false;
    meter.applied(11);
    expect(meter.behind).to.be.false;
    expect(meter.freshness(200)).to.include({ fresh: true, silentMs: 100 });
  });

  it('is not restored by answers alone when events stopped coming', () => {
    const meter = meterWith({ applied: 9 });
    meter.answer(meter.ask(0), 10);
    for (let now = 1_000; now <= 20_000; now += 1_000) meter.answer(meter.ask(now), 11);
    expect(meter.freshness(20_000)).to.include({ fresh: false, silentMs: 20_000 });
  });

  it('does not believe a peer that lacks blocks it had already sent', () => {
    const meter = meterWith({ applied: 9 });
    meter.answer(meter.ask(100), 9);
    expect(meter.freshness(200).fresh).to.be.false;
    meter.answer(meter.ask(300), 10);
    expect(meter.freshness(400).fresh).to.be.true;
  });

  it('believes an answer that a block has overtaken', () => {
    const meter = meterWith({ applied: 9 });
    const heartbeat = meter.ask(100);
    meter.applied(10);
    meter.applied(11);
    meter.answer(heartbeat, 10);
    expect(meter.freshness(200).fresh).to.be.true;
  });

  it('takes over how old an earlier run’s knowledge was', () => {
    const meter = meterWith({ applied: 9 });
    meter.restore(-4_000);
    expect(meter.freshness(500)).to.include({ fresh: true, silentMs: 4_500 });
    expect(meter.freshness(2_000).fresh).to.be.false;
  });

  it('is lost with the state', () => {
    const meter = meterWith({ applied: 9 });
    meter.answer(meter.ask(100), 10);
    meter.reset();
    expect(meter.freshness(101).fresh).to.be.false;
  });

  it('is there on a ledger so busy that the mirror is always a little behind', () => {
    const meter = meterWith({ applied: 0 });
    for (let now = 0; now <= 600_000; now += 1_000) {
      // Twenty blocks a second, each arriving 1.5 s late.
      meter.answer(meter.ask(now), now / 50 + 1);
      meter.applied(Math.max(0, (now - 1_500) / 50));
      if (now >= 3_000) expect(meter.freshness(now).silentMs).to.be.at.most(2_000);
    }
  });

  it('never claims to be more recent than a question whose answer was fully applied', () => {
    const step = fc.record({
      pause: fc.integer({ min: 0, max: 3_000 }),
      made: fc.nat({ max: 3 }),
      arrived: fc.nat({ max: 3 }),
      answered: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const meter = meterWith({ applied: 0 });
        let [now, height, applied] = [0, 1, 0];
        const made = [{ block: 0, at: 0 }];
        for (const { pause, ...step } of steps) {
          now += pause;
          for (let count = 0; count < step.made; count += 1) made.push({ block: height++, at: now });
          if (step.answered) meter.answer(meter.ask(now), height);
          applied = Math.min(height - 1, applied + step.arrived);
          meter.applied(applied);
          // The oldest block that is missing was made at or after the instant that the meter vouches for.
          const missing = made[applied + 1]?.at ?? now;
          expect(now - meter.freshness(now).silentMs).to.be.at.most(missing);
        }
      }),
    );
  });
});

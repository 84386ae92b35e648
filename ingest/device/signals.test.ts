import { expect } from 'chai';

import { messageSchema } from '../../chaincode/protocol/message.ts';
import { SENSOR_NAMES } from '../../chaincode/protocol/sensors.ts';
import { signalOf } from './signals.ts';

const NOW = Date.UTC(2026, 5, 15, 12);
const SECOND = 1_000;
const DAY = 86_400 * SECOND;

function series(seed: string, step: number, count: number): number[] {
  const signal = signalOf('temperature', seed);
  return Array.from({ length: count }, (_, index) => signal(NOW + index * step));
}

describe('signals of simulated sensors', () => {
  it('are the same for the same seed, and differ between devices', () => {
    expect(series('press-01', SECOND, 50)).to.deep.equal(series('press-01', SECOND, 50));
    expect(series('press-01', SECOND, 50)).not.to.deep.equal(series('press-02', SECOND, 50));
  });

  it('change from message to message, but do not jump', () => {
    const values = series('press-01', 2 * SECOND, 1000);
    const steps = values.slice(1).map((value, index) => Math.abs(value - values[index]!));
    expect(Math.max(...steps)).to.be.within(0.01, 1);
    expect(new Set(values).size).to.be.greaterThan(50);
  });

  it('rise and fall with the day', () => {
    const values = series('press-01', DAY / 96, 96);
    expect(Math.max(...values) - Math.min(...values)).to.be.greaterThan(5);
  });

  it('are values that the platform takes, whatever the sensor', () => {
    for (const sensor of SENSOR_NAMES) {
      const signal = signalOf(sensor, 'any');
      for (let hour = 0; hour < 48; hour += 1) {
        const ts = NOW + (hour * DAY) / 24;
        expect(messageSchema.safeParse({ seq: 1, ts, values: { [sensor]: signal(ts) } }).success).to.equal(
          true,
        );
      }
    }
  });
});

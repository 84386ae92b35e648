import { expect } from 'chai';

import { alertRule } from '../../chaincode/protocol/testing/alert-rules.ts';
import type { PastReading } from '../../sql/queries/history.ts';
import type { AlertStore } from './alert-store.ts';
import { tryRule } from './dry-run.ts';

const MINUTE_MS = 60_000;

/** Readings of temperature, one a minute. */
function history(values: readonly number[]): Pick<AlertStore, 'history'> {
  const readings = values.map((value, index): PastReading => ({
    ...{ id: BigInt(index) << 6n, ts: index * MINUTE_MS, sensor: 'temperature', value },
  }));
  return {
    history: ({ after, limit }) => {
      const from = after === undefined ? 0 : readings.findIndex(({ id }) => id > after.id);
      return Promise.resolve(from === -1 ? [] : readings.slice(from, from + limit));
    },
  };
}

describe('a dry run of a rule of anomalies', () => {
  const rule = alertRule({ condition: { kind: 'anomaly', sensor: 'temperature', threshold: 0.5 } });
  /** Wobbles between 20 and 21. */
  const usual = Array.from({ length: 6_000 }, (_, index) => 20 + ((index * 7_919) % 101) / 101);

  const trial = (values: readonly number[], devices = ['press-07']) =>
    tryRule(history(values), { rule, devices, tenants: '*', from: 0, to: values.length * MINUTE_MS });

  it('finds what is unusual in what the trial has read, for each device by itself', async () => {
    const spiked = usual.with(5_500, 80);
    const { fired, firings } = await trial(spiked, ['press-07', 'press-08']);
    expect(firings.map(({ device, raisedAt, value }) => [device, raisedAt / MINUTE_MS, value])).to.deep.equal(
      [
        ['press-07', 5_500, 80],
        ['press-08', 5_500, 80],
      ],
    );
    expect(fired).to.equal(2);
  });

  it('says nothing of what is as always, nor while it does not know what that is', async () => {
    expect((await trial(usual)).fired).to.equal(0);
    expect((await trial(usual.with(50, 80).slice(0, 100))).fired).to.equal(0);
  });
});

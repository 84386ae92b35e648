import { setTimeout as delay } from 'node:timers/promises';

import { z } from 'zod';

import { integerColumn } from '../../sql/columns.ts';
import { type Queryable, select } from '../../sql/query.ts';
import { TEN_RULES } from './alerts/rules.ts';
import { type BenchContext, defineBench, type Report, wholeNumber } from './bench.ts';
import { GatewayClient } from './commands/gateway-client.ts';
import type { Outcome } from './load/orders.ts';
import {
  CLIENT,
  FITS_BROKER,
  fitsBroker,
  type LoadedInstance,
  loadSettings,
  withLoadedInstance,
} from './loaded-instance.ts';
import { median } from './statistics.ts';

const settingsSchema = z
  .strictObject({
    ...loadSettings,
    seconds: wholeNumber('how long each round is measured', { least: 1, most: 600, usually: 8 }),
    rounds: wholeNumber('with the rules and without, in turns', { least: 1, most: 100, usually: 6 }),
    'warm-up': wholeNumber('seconds of each round that do not count', { least: 0, most: 60, usually: 2 }),
  })
  .refine(fitsBroker, FITS_BROKER);
type Settings = z.infer<typeof settingsSchema>;

const ADMIN = 'admin@manufacturer';
/** Ingest goes by a changed rule within two seconds. */
const HEARD_WITHIN_MS = 2_500;

export const alerts = defineBench({
  summary: 'how much slower ingest is with ten rules of alerts than without any',
  settings: settingsSchema,
  measure: (settings, context) =>
    withLoadedInstance(context, settings.connections, (instance) => measure(instance, settings, context)),
});

async function measure(
  { home, database, load }: LoadedInstance,
  settings: Settings,
  { progress }: BenchContext,
): Promise<Report> {
  const { seconds, window, rounds } = settings;
  const gateway = await GatewayClient.signIn(home, ADMIN, 1);
  const round = async (enabled: boolean): Promise<number> => {
    await putRules(gateway, enabled);
    return perSecond(
      await load.publish({
        ...{ rate: null, window },
        ...{ warmUpMs: settings['warm-up'] * 1000, measuredMs: seconds * 1000 },
      }),
    );
  };
  const rates = { with: [] as number[], without: [] as number[] };
  try {
    await progress.step('warming up', () => round(false));
    await progress.step(`${rounds} rounds with and without rules`, async () => {
      for (let turn = 0; turn < rounds; turn += 1) {
        // Whoever comes second has more in the tables: so they take turns in that, too.
        const order = turn % 2 === 0 ? ([false, true] as const) : ([true, false] as const);
        for (const enabled of order) rates[enabled ? 'with' : 'without'].push(await round(enabled));
      }
    });
  } finally {
    gateway.close();
  }
  return report(rates, await raised(database));
}

async function putRules(gateway: GatewayClient, enabled: boolean): Promise<void> {
  for (const rule of TEN_RULES)
    await gateway.send({ method: 'PUT', path: `/alert-rules/${rule.id}`, body: { ...rule, enabled } });
  await delay(HEARD_WITHIN_MS);
}

function perSecond({ receipted, measuredMs }: Outcome): number {
  return (1000 * receipted) / measuredMs;
}

async function raised(database: Queryable): Promise<number> {
  const [row] = await select(
    database,
    z.object({ count: integerColumn }),
    'SELECT COUNT(*) AS count FROM alerts WHERE rule_id LIKE ?',
    ['measured-%'],
  );
  return row?.count ?? 0;
}

function report(
  rates: { with: readonly number[]; without: readonly number[] },
  alertsRaised: number,
): Report {
  const [ruled, plain] = [median(rates.with), median(rates.without)];
  return {
    figures: [
      {
        name: 'messages_per_second',
        value: ruled,
        meaning: 'from publish to receipt, with ten rules; median of the rounds',
      },
      { name: 'plain_messages_per_second', value: plain, meaning: '… without rules' },
      {
        name: 'slower_percent',
        value: 100 * (1 - ruled / plain),
        meaning: 'so much slower with rules; below 0 the difference is noise',
      },
      { name: 'alerts', value: alertsRaised, meaning: 'that the rules raised: only those of anomalies can' },
    ],
    notes: [
      CLIENT,
      `rounds: ${rates.with.map((rate, index) => `${Math.round(rates.without[index] ?? 0)} without, ${Math.round(rate)} with`).join('; ')}`,
    ],
    sound: ruled > 0 && plain > 0,
  };
}

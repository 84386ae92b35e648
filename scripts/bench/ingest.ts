import { z } from 'zod';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { type BenchContext, defineBench, type Figure, type Report, wholeNumber } from './bench.ts';
import type { Outcome } from './load/orders.ts';
import {
  CLIENT,
  FITS_BROKER,
  fitsBroker,
  type LoadedInstance,
  loadSettings,
  SENSORS,
  withLoadedInstance,
} from './loaded-instance.ts';
import { peakMemory } from './peak-memory.ts';
import { measurePlainInserts, PLAIN_INSERT } from './plain-insert.ts';
import { countStored, lastAnchorInstant, lostAndDoubled, waitForAnchors } from './stored.ts';

const settingsSchema = z
  .strictObject({
    ...loadSettings,
    seconds: wholeNumber('how long each of the two loads is measured', {
      least: 1,
      most: 3_600,
      usually: 20,
    }),
    'warm-up': wholeNumber('seconds of each load that do not count', { least: 0, most: 600, usually: 5 }),
  })
  .refine(fitsBroker, FITS_BROKER);
type Settings = z.infer<typeof settingsSchema>;

/** Bound by flushes to the disk, the alternative is the same after seconds as after minutes. */
const PLAIN_SECONDS = 5;
/** A device that only now and then has a message is not held up by its window; this is half of what the broker takes. */
const UNHINDERED = 500;

export const ingest = defineBench({
  summary: 'how many messages of three readings ingest takes from Mosquitto into MariaDB, end to end',
  settings: settingsSchema,
  measure: (settings, context) =>
    withLoadedInstance(context, settings.connections, (instance) => measure(instance, settings, context)),
});

async function measure(instance: LoadedInstance, settings: Settings, context: BenchContext): Promise<Report> {
  const { database, home, load } = instance;
  const { seconds, window } = settings;
  const { progress } = context;
  const times = { warmUpMs: settings['warm-up'] * 1000, measuredMs: seconds * 1000 };

  const full = await progress.step('as many messages as it takes', () =>
    load.publish({ rate: null, window, ...times }),
  );
  await progress.step('their anchors', () => waitForAnchors(database));
  const anchorLag = Math.max(0, (await lastAnchorInstant(database)) - full.lastReceipt) / 1000;

  const rate = perSecond(full);
  if (rate === 0)
    throw new BiotError('PROCESS_FAILED', ['no message was receipted', ...refusals(full)].join('; '));
  const half = await progress.step('half as many', () =>
    load.publish({ rate: rate / 2, window: UNHINDERED, ...times }),
  );
  load.stop();
  const memory = peakMemory(home, 'ingest');
  await waitForAnchors(database);

  const stored = await progress.step('counting what is stored', () => countStored(database, SENSORS));
  const plain = await progress.step('plain inserts', () =>
    measurePlainInserts(database, Math.min(seconds, PLAIN_SECONDS)),
  );
  const { lost, doubled } = lostAndDoubled(half.sent, stored);
  return {
    figures: [
      figure('messages_per_second', rate, 'from publish to receipt, all devices together'),
      figure('readings_per_second', rate * SENSORS, 'rows that this is'),
      figure(
        'p50_ms',
        half.latency?.p50 ?? NaN,
        'from when a message is due to its receipt, at half of that rate; median',
      ),
      figure('p99_ms', half.latency?.p99 ?? NaN, '… 99th percentile'),
      figure('half_rate_reached', perSecond(half), 'messages a second in that second load'),
      figure(
        'anchor_lag_s',
        anchorLag,
        'from the last receipt until all batches are committed on the ledger',
      ),
      figure('ingest_memory_mb', memory, 'resident, at its peak'),
      figure('lost', lost, 'messages of which not every reading is in the database; has to be 0'),
      figure('doubled', doubled, 'readings that are there more than once; has to be 0'),
      figure('sent', total(half.sent), 'messages in both loads, warm-up included'),
      figure('generator_cpu', full.processor, 'cores that the load generator took; near 1 it was the bound'),
      figure('plain_messages_per_second', plain, 'the plain alternative below'),
      figure('ratio_to_plain', rate / plain, 'messages_per_second to the plain alternative'),
    ],
    notes: [CLIENT, PLAIN_INSERT, ...refusals(full), ...refusals(half)],
    sound: lost === 0 && doubled === 0,
  };
}

function perSecond({ receipted, measuredMs }: Outcome): number {
  return (1000 * receipted) / measuredMs;
}

function total(sent: Readonly<Record<string, number>>): number {
  return Object.values(sent).reduce((sum, messages) => sum + messages, 0);
}

function refusals({ refused, unreceipted }: Outcome): string[] {
  const codes = Object.entries(refused).map(([code, messages]) => `${messages} refused: ${code}`);
  return unreceipted > 0 ? [...codes, `${unreceipted} messages never got a receipt`] : codes;
}

function figure(name: string, value: number, meaning: string): Figure {
  return { name, value, meaning };
}

import { z } from 'zod';

import { connectPool, homeDatabase } from '../../sql/connect.ts';
import { type BenchContext, defineBench, type Report, wholeNumber } from './bench.ts';
import { plainSchema, type PlainWork } from './export/plain-work.ts';
import { fillTelemetry } from './export/rows.ts';
import { type Taken, takeExport } from './export/taking.ts';
import { enrolFleet } from './fleet.ts';
import { withInstance } from './instance.ts';
import { peakMemory, resetPeak } from './peak-memory.ts';
import { runChild } from './run-child.ts';

const GATEWAY = 'gateway';

const settingsSchema = z.strictObject({
  rows: wholeNumber('readings that are exported', { least: 1_000, most: 100_000_000, usually: 10_000_000 }),
  devices: wholeNumber('devices that they are of', { least: 1, most: 2_000, usually: 100 }),
  'plain-rows': wholeNumber('readings that the plain alternative exports at most: it has all in memory', {
    least: 1_000,
    most: 10_000_000,
    usually: 1_000_000,
  }),
});
type Settings = z.infer<typeof settingsSchema>;

export const exporting = defineBench({
  summary: 'how many readings an export writes a second, and how much memory the gateway needs for it',
  settings: settingsSchema,
  measure: (settings, context) => withInstance(context, (home) => measure(home, settings, context)),
});

interface Measured {
  readonly taken: Taken;
  readonly zipped: Taken;
  readonly megabytes: number;
  readonly plain: z.infer<typeof plainSchema>;
}

async function measure(
  home: Parameters<typeof takeExport>[0],
  { rows, devices, 'plain-rows': most }: Settings,
  { progress, interrupt }: BenchContext,
): Promise<Report> {
  const database = connectPool(homeDatabase(home, 'biot'));
  try {
    await progress.step(`${devices} devices`, () => enrolFleet(home, database, devices));
    await progress.step(`${rows} readings`, () =>
      fillTelemetry(database, { rows, devices, now: Date.now() }),
    );
  } finally {
    await database.end();
  }
  resetPeak(home, GATEWAY);
  const before = peakMemory(home, GATEWAY);
  const take = (label: string, gzip: boolean): Promise<Taken> =>
    progress.step(label, () => takeExport(home, 'format=csv&tenant=bench', { gzip, signal: interrupt }));
  const taken = await take('export', false);
  const zipped = await take('export, compressed', true);
  const megabytes = peakMemory(home, GATEWAY) - before;
  const input: PlainWork = { home: home.root, rows: Math.min(rows, most) };
  const plain = await progress.step('plain export', () =>
    runChild({
      script: 'export/plain-main.ts',
      input,
      answer: plainSchema,
      interrupt,
      node: ['--max-old-space-size=8192'],
    }),
  );
  return report({ taken, zipped, megabytes, plain }, rows);
}

const MIB = 1024 ** 2;

function report({ taken, zipped, megabytes, plain }: Measured, rows: number): Report {
  const rate = rows / taken.seconds;
  const plainRate = plain.rows / plain.seconds;
  return {
    figures: [
      { name: 'rows_per_second', value: rate, meaning: 'as CSV over HTTPS, read to the end' },
      { name: 'seconds', value: taken.seconds, meaning: 'for all of it' },
      { name: 'rows', value: taken.lines - 1, meaning: 'readings that came' },
      { name: 'megabytes', value: taken.bytes / MIB, meaning: 'MiB of text' },
      {
        name: 'gateway_growth_mb',
        value: megabytes,
        meaning: 'MiB that the gateway held more at its peak than before',
      },
      { name: 'zipped_rows_per_second', value: rows / zipped.seconds, meaning: 'compressed with gzip' },
      { name: 'zipped_megabytes', value: zipped.bytes / MIB, meaning: 'MiB of it' },
      { name: 'plain_rows_per_second', value: plainRate, meaning: 'the plain alternative below' },
      { name: 'plain_rows', value: plain.rows, meaning: 'readings that it exported' },
      { name: 'plain_growth_mb', value: plain.megabytes, meaning: 'MiB that it held more at its peak' },
      { name: 'ratio_to_plain', value: rate / plainRate, meaning: 'readings a second to the plain ones' },
    ],
    notes: [
      'the readings were written into the tables by SQL, in batches of all devices; growth is over both exports, from when nothing had been exported',
      'plain alternative: one SELECT with the same order and join, all rows in memory, all text in memory, written to /dev/null by one process; no TLS, no rights, no check of the rows',
    ],
    sound: taken.lines === rows + 1 && plain.rows === Math.min(rows, plain.rows),
  };
}

import { execFile } from 'node:child_process';
import { join } from 'node:path';

import { z } from 'zod';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { CHECKOUT, type Home } from '../../network/home/home.ts';
import { type BenchContext, defineBench, type Report, wholeNumber } from './bench.ts';
import {
  CLIENT,
  FITS_BROKER,
  fitsBroker,
  type LoadedInstance,
  loadSettings,
  withLoadedInstance,
} from './loaded-instance.ts';
import { PLAIN_READ, type PlainRead, readPlainly } from './plain-read.ts';
import { median } from './statistics.ts';
import { waitForAnchors } from './stored.ts';

const settingsSchema = z
  .strictObject({
    ...loadSettings,
    seconds: wholeNumber('how long messages are stored, as many as it takes', {
      least: 1,
      most: 3_600,
      usually: 20,
    }),
    rounds: wholeNumber('how often all is verified, and read plainly; medians count', {
      least: 1,
      most: 100,
      usually: 3,
    }),
  })
  .refine(fitsBroker, FITS_BROKER);
type Settings = z.infer<typeof settingsSchema>;

/** What `npm run verify -- --json` says. */
const verificationSchema = z.object({
  ok: z.boolean(),
  messages: z.int(),
  readings: z.int(),
  batches: z.int(),
  seconds: z.number().positive(),
});
type Verification = z.infer<typeof verificationSchema>;

/** With all the differences that it names: 10,000 of them at most. */
const LARGEST_REPORT = 32 << 20;

interface Round {
  readonly verification: Verification;
  readonly plain: PlainRead;
}

export const verify = defineBench({
  summary: 'how many readings npm run verify proves a second, over what the load of bench ingest stored',
  settings: settingsSchema,
  measure: (settings, context) =>
    withLoadedInstance(context, settings.connections, (instance) => measure(instance, settings, context)),
});

async function measure(
  { home, database, load }: LoadedInstance,
  { seconds, window, rounds }: Settings,
  { progress, interrupt }: BenchContext,
): Promise<Report> {
  await progress.step('storing messages', () =>
    load.publish({ rate: null, window, warmUpMs: 0, measuredMs: seconds * 1000 }),
  );
  load.stop();
  await progress.step('their anchors', () => waitForAnchors(database));
  const measured: Round[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const plain = await progress.step(`plain reading ${round}`, () => readPlainly(home));
    const verification = await progress.step(`verification ${round}`, () => runVerify(home, interrupt));
    measured.push({ verification, plain });
  }
  return report(measured);
}

function report(rounds: readonly Round[]): Report {
  const rate = (seconds: (round: Round) => number, readings: (round: Round) => number): number =>
    median(rounds.map((round) => readings(round) / seconds(round)));
  const verified = rate(
    ({ verification }) => verification.seconds,
    ({ verification }) => verification.readings,
  );
  const read = rate(
    ({ plain }) => plain.readSeconds,
    ({ plain }) => plain.rows,
  );
  const scanned = rate(
    ({ plain }) => plain.scanSeconds,
    ({ plain }) => plain.rows,
  );
  const { readings = 0, messages = 0, batches = 0 } = rounds[0]?.verification ?? {};
  return {
    figures: [
      { name: 'readings_per_second', value: verified, meaning: 'verified against the ledger' },
      { name: 'readings', value: readings, meaning: 'verified in each round' },
      { name: 'messages', value: messages, meaning: '… of so many messages' },
      { name: 'batches', value: batches, meaning: '… in so many batches' },
      { name: 'plain_readings_per_second', value: read, meaning: 'only read, the plain alternative below' },
      { name: 'scanned_readings_per_second', value: scanned, meaning: 'only counted by the server' },
      { name: 'ratio_to_plain', value: verified / read, meaning: 'verified to only read' },
      { name: 'ratio_to_scan', value: verified / scanned, meaning: 'verified to only counted' },
    ],
    notes: ["npm run verify as it is, in its own process; its own 'seconds' count", PLAIN_READ, CLIENT],
    sound: rounds.every(({ verification, plain }) => verification.ok && plain.rows === verification.readings),
  };
}

/** @throws BiotError INTERNAL when it could not check; differences are in what it says */
async function runVerify(home: Home, signal: AbortSignal): Promise<Verification> {
  const script = join(CHECKOUT, 'scripts', 'verify.ts');
  const options = { env: { ...process.env, BIOT_HOME: home.root }, signal, maxBuffer: LARGEST_REPORT };
  const out = await new Promise<string>((resolve) => {
    // Exit code 1 says that there are differences: the object says so, too.
    execFile(process.execPath, [script, '--json'], options, (_error, stdout) => {
      resolve(stdout);
    });
  });
  try {
    return verificationSchema.parse(JSON.parse(out.trimEnd().split('\n').at(-1) ?? ''));
  } catch (cause) {
    throw new BiotError('INTERNAL', `npm run verify could not check: ${out}`, { cause });
  }
}

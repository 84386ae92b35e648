import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { z } from 'zod';

import { BiotError } from '../../../chaincode/protocol/errors.ts';
import { CHECKOUT, type Home } from '../../../network/home/home.ts';
import { connectLedger } from '../../../network/ledger/client.ts';
import { memberConnection } from '../../../network/ledger/member-connection.ts';
import { registryLedger } from '../../../network/ledger/registry.ts';
import type { BenchContext, Report } from '../bench.ts';
import { type BenchDevice, makeDevices } from './fleet.ts';

const ADMIN = 'admin@manufacturer';
/** Devices that the plain alternative registers; the time for all is what so many take, times how often that is. */
const PLAIN_DEVICES = 400;
const PLAIN_IN_FLIGHT = 50;

/** What `npm run import -- --json` says. */
const importSchema = z.object({
  outcome: z.string(),
  registered: z.int(),
  existing: z.int(),
});
type Imported = z.infer<typeof importSchema>;

/** A file of devices, registered by `npm run import`, and then once more, which registers nothing. */
export async function measureBulk(
  home: Home,
  count: number,
  { progress, interrupt }: BenchContext,
): Promise<Report> {
  const file = home.path('bench-devices.csv');
  await progress.step(`${count} devices with keys, in a file`, () => {
    writeFileSync(file, csvOf(makeDevices('bulk', count)));
    return Promise.resolve();
  });
  const [first, seconds] = await timed(() =>
    progress.step('importing it', () => runImport(home, file, interrupt)),
  );
  const [again, secondsAgain] = await timed(() =>
    progress.step('importing it again', () => runImport(home, file, interrupt)),
  );
  const [, plainSeconds] = await timed(() =>
    progress.step(`${PLAIN_DEVICES} devices, one a transaction`, () => registerPlainly(home)),
  );
  return {
    figures: [
      {
        name: `bulk_${count}_s`,
        value: seconds,
        meaning: 'npm run import of a file with so many devices, from start to end',
      },
      { name: `bulk_${count}_again_s`, value: secondsAgain, meaning: '… once more, which registers nothing' },
      {
        name: `plain_bulk_${count}_s`,
        value: (plainSeconds * count) / PLAIN_DEVICES,
        meaning: `… one a transaction: ${PLAIN_DEVICES} measured, and reckoned for all`,
      },
    ],
    notes: [
      `plain alternative to importing: one device a transaction, ${PLAIN_IN_FLIGHT} under way, no file read and nothing compared`,
    ],
    sound: first.registered === count && again.existing === count && again.registered === 0,
  };
}

function csvOf(devices: readonly BenchDevice[]): string {
  const rows = devices.map(({ registration: { id, tenant, type, publicKey } }) =>
    [id, tenant, type, publicKey.replace(/-----[A-Z ]+-----|\n/g, '')].join(','),
  );
  return `id,tenant,type,public_key\n${rows.join('\n')}\n`;
}

/** @throws BiotError PROCESS_FAILED with what it said */
async function runImport(home: Home, file: string, signal: AbortSignal): Promise<Imported> {
  const script = join(CHECKOUT, 'scripts', 'import.ts');
  const options = { env: { ...process.env, BIOT_HOME: home.root }, signal };
  const said = await new Promise<string>((resolve) => {
    execFile(process.execPath, [script, file, '--as', ADMIN, '--json'], options, (_error, out, problem) => {
      resolve(out === '' ? problem : out);
    });
  });
  try {
    return importSchema.parse(JSON.parse(said.trimEnd().split('\n').at(-1) ?? ''));
  } catch (cause) {
    throw new BiotError('PROCESS_FAILED', `npm run import could not import: ${said}`, { cause });
  }
}

async function registerPlainly(home: Home): Promise<void> {
  const client = connectLedger(memberConnection(home, ADMIN));
  const registry = registryLedger(client);
  const waiting = makeDevices('plain', PLAIN_DEVICES);
  const registerOn = async (): Promise<void> => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop())
      await registry.register([next.registration]);
  };
  try {
    await Promise.all(Array.from({ length: PLAIN_IN_FLIGHT }, registerOn));
  } finally {
    client.close();
  }
}

async function timed<Result>(work: () => Promise<Result>): Promise<[result: Result, seconds: number]> {
  const began = performance.now();
  return [await work(), (performance.now() - began) / 1000];
}

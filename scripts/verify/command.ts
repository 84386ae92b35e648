import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

import { z } from 'zod';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { deviceIdSchema } from '../../chaincode/protocol/identifiers.ts';
import { type Home, openHome } from '../../network/home/home.ts';
import { type Command, printJson } from '../cli/command.ts';
import { readCheckpoints, writeCheckpoints } from './checkpoint-file.ts';
import { HELP } from './help.ts';
import { openMariadb } from './mariadb-store.ts';
import { inCheckout, patiently, peerLedger, peerRegistry } from './peer-ledger.ts';
import { ProgressLine } from './progress-line.ts';
import { humanReport, jsonReport } from './report.ts';
import { entryScope, isOne, readingScope, type Scope } from './scope.ts';
import type { Store } from './store.ts';
import type { Outcome } from './verification-input.ts';
import { typeRetention } from './type-retention.ts';
import { verify } from './verification.ts';

/** How long a peer that is a little behind is waited for. */
const PATIENCE_MS = 15_000;
const COULD_NOT_CHECK = 2;

const pause = (milliseconds: number): Promise<void> => delay(milliseconds);

const instantSchema = z.iso
  .datetime({ offset: true })
  .or(z.iso.date())
  .transform((text) => Date.parse(text));

const argumentsSchema = z
  .strictObject({
    device: deviceIdSchema.optional(),
    from: instantSchema.optional(),
    to: instantSchema.optional(),
    reading: z
      .string()
      .regex(/^\d{1,20}$/, 'expected the id of a reading')
      .optional(),
    entry: z
      .string()
      .regex(/^\d{1,20}$/, 'expected the id of an entry')
      .optional(),
    'retained-from': instantSchema.optional(),
    checkpoint: z.string().min(1).optional(),
    json: z.boolean(),
  })
  .refine(
    ({ device, reading, entry }) => [device, reading, entry].filter((part) => part !== undefined).length <= 1,
    '--device, --reading or --entry, only one of them',
  )
  .refine(
    ({ device, from, to }) => device !== undefined || (from ?? to) === undefined,
    '--from and --to need --device',
  );
export type Arguments = z.infer<typeof argumentsSchema>;

const OPTIONS = {
  device: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  reading: { type: 'string' },
  entry: { type: 'string' },
  'retained-from': { type: 'string' },
  checkpoint: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const;

export const verifyCommand: Command<typeof OPTIONS> = {
  help: HELP,
  options: OPTIONS,
  async run({ values, positionals }) {
    try {
      return await run(parseArguments({ ...values }, positionals));
    } catch (error) {
      if (!(error instanceof BiotError)) throw error;
      const cause = error.cause instanceof Error ? `\n  because: ${error.cause.message}` : '';
      process.stderr.write(`Could not check. ${error.code}: ${error.message}${cause}\n`);
      if (values.json) printJson({ ok: false, error: { code: error.code, message: error.message } });
      return COULD_NOT_CHECK;
    }
  },
};

/** @throws BiotError INVALID_ARGUMENT */
export function parseArguments(values: unknown, positionals: readonly string[]): Arguments {
  if (positionals.length > 0)
    throw new BiotError('INVALID_ARGUMENT', `${positionals.join(' ')}: not understood, see --help`);
  const parsed = argumentsSchema.safeParse(values);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const option = issue?.path.length === 0 ? '' : `--${issue?.path.join('.') ?? ''}: `;
  throw new BiotError('INVALID_ARGUMENT', `${option}${issue?.message ?? 'invalid'}, see --help`);
}

export function scopeOf({ device, from, to, reading, entry }: Arguments): Scope {
  if (entry !== undefined) return entryScope(entry);
  if (reading !== undefined) return readingScope(reading);
  if (device === undefined) return { kind: 'all' };
  return { kind: 'device', device, period: { from: from ?? -Infinity, to: to ?? Infinity } };
}

async function run(options: Arguments): Promise<number> {
  const started = performance.now();
  const scope = scopeOf(options);
  const outcome = await check(options, scope);
  if (isOne(scope) && outcome.messages + outcome.entries === 0 && outcome.total === 0)
    throw new BiotError(
      'NOT_ANCHORED',
      `the ${scope.kind} waits to be anchored, so there is nothing yet to hold it against`,
    );
  const seconds = (performance.now() - started) / 1000;
  process.stdout.write(humanReport(outcome, { scope, seconds }));
  if (options.json) printJson(jsonReport(outcome, { scope, seconds }));
  return outcome.total === 0 ? 0 : 1;
}

async function check(options: Arguments, scope: Scope): Promise<Outcome> {
  const home = openHome();
  const kept = options.checkpoint === undefined ? [] : readCheckpoints(options.checkpoint);
  const store = await openStore(home);
  const progress = new ProgressLine();
  const run = patiently(inCheckout(home), pause);
  try {
    const outcome = await verify({
      store,
      ledger: peerLedger(run),
      scope,
      kept,
      retainedFrom: options['retained-from'] ?? -Infinity,
      keptFrom: await typeRetention(peerRegistry(run), Date.now()),
      patience: { milliseconds: PATIENCE_MS, pause },
      onProgress: progress.show,
    });
    if (options.checkpoint !== undefined && outcome.ledgerHolds)
      writeCheckpoints(options.checkpoint, outcome.checkpoints);
    return outcome;
  } finally {
    progress.end();
    await store.close();
  }
}

function openStore(home: Home): Promise<Store> {
  const user = 'biot_auditor';
  const passwordFile = home.path('secrets', `mariadb-${user}.password`);
  let password: string;
  try {
    password = readFileSync(passwordFile, 'utf8').trim();
  } catch (cause) {
    throw new BiotError('NOT_SET_UP', `cannot read ${passwordFile}: run npm start first`, { cause });
  }
  return openMariadb({ socketPath: home.path('run', 'mariadb.sock'), database: 'biot', user, password });
}

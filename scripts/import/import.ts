import { readFile, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

import { BiotError, type ErrorCode } from '../../chaincode/protocol/errors.ts';
import { openHome } from '../../network/home/home.ts';
import { activateAll } from '../../network/import/activation-run.ts';
import { contractLedger } from '../../network/import/ledger.ts';
import { type Plan, planImport } from '../../network/import/plan.ts';
import type { LineRange, Problem } from '../../network/import/problems.ts';
import { registerAll, type RunResult } from '../../network/import/registration-run.ts';
import { MAX_BYTES } from '../../network/import/survey.ts';
import { connectLedger } from '../../network/ledger/client.ts';
import { memberConnection } from '../../network/ledger/member-connection.ts';
import { policyLedger } from '../../network/ledger/policies.ts';
import { type RegistryLedger, registryLedger } from '../../network/ledger/registry.ts';
import { typeLedger } from '../../network/ledger/types.ts';
import { ProgressLine, type ProgressStream } from '../cli/progress-line.ts';
import type { ImportArguments } from './arguments.ts';

export interface ImportResult {
  /** `refused`: nothing was registered, because of the problems. */
  readonly outcome: 'dry run' | 'refused' | RunResult['outcome'];
  readonly rows: number;
  /** Rows that are right. */
  readonly valid: number;
  /** Rows that the ledger had just so before. */
  readonly existing: number;
  /** Devices that this run registered. */
  readonly registered: number;
  /** Devices that somebody else registered just so while it ran. */
  readonly skipped: number;
  /** Devices that were activated; 0 when that was not asked for. */
  readonly activated: number;
  readonly problems: readonly Problem[];
  /** Lines with problems beyond those that are listed. */
  readonly others: readonly LineRange[];
  readonly failure: { readonly code: ErrorCode; readonly message: string } | null;
  readonly seconds: { readonly checking: number; readonly registering: number };
}

interface Surroundings {
  readonly interrupt: AbortSignal;
  readonly progress: ProgressStream;
}

/** @throws BiotError when the file cannot be read, or the ledger not be asked */
export async function importFile(args: ImportArguments, surroundings: Surroundings): Promise<ImportResult> {
  const bytes = await read(args.file);
  const options = memberConnection(openHome(), args.member);
  const client = connectLedger(options);
  try {
    const registry = registryLedger(client);
    const began = performance.now();
    const ledger = contractLedger({
      registry,
      policies: policyLedger(client, 'registry'),
      types: typeLedger(client),
      org: options.identity.mspId,
      patience: { sleep: (ms) => sleep(ms), over: () => surroundings.interrupt.aborted },
    });
    const plan = await planImport(bytes, args.format, ledger);
    const checking = secondsSince(began);
    if (args.dryRun || plan.problems.rows > 0) {
      return result(plan, {
        outcome: args.dryRun ? 'dry run' : 'refused',
        seconds: { checking, registering: 0 },
      });
    }
    const begun = performance.now();
    const run = await register(plan, { registry, org: options.identity.mspId }, surroundings);
    const seconds = { checking, registering: secondsSince(begun) };
    if (!args.activate || run.outcome !== 'complete')
      return result(plan, { run, outcome: run.outcome, seconds });
    return result(plan, { run, seconds, ...(await activate(plan, registry, surroundings)) });
  } finally {
    client.close();
  }
}

async function read(file: string): Promise<Uint8Array> {
  const cannot = (cause: unknown): never => {
    throw new BiotError('INVALID_ARGUMENT', `cannot read ${file}`, { cause });
  };
  const { size } = await stat(file).catch(cannot);
  if (size > MAX_BYTES) {
    throw new BiotError(
      'INVALID_ARGUMENT',
      `${file} has more than ${MAX_BYTES / 1024 ** 2} MiB: make several of it`,
    );
  }
  return readFile(file).catch(cannot);
}

async function register(
  { fresh }: Plan,
  { registry, org }: { registry: RegistryLedger; org: string },
  { interrupt, progress }: Surroundings,
): Promise<RunResult> {
  const line = new ProgressLine(progress, fresh.length, performance.now(), 'registered');
  const run = await registerAll(fresh, {
    registry,
    org,
    stop: interrupt,
    sleep: (ms) => sleep(ms),
    onProgress: ({ registered, skipped }) => {
      line.update(registered + skipped, performance.now());
    },
  });
  line.end();
  return run;
}

async function activate(
  { idle, fresh }: Plan,
  registry: RegistryLedger,
  { interrupt, progress }: Surroundings,
): Promise<Omit<Ended, 'seconds'>> {
  const ids = [...idle, ...fresh.map(({ registration }) => registration.id)];
  const line = new ProgressLine(progress, ids.length, performance.now(), 'activated');
  const { activated, failure } = await activateAll(ids, {
    registry,
    stop: interrupt,
    sleep: (ms) => sleep(ms),
    onProgress: (count) => {
      line.update(count, performance.now());
    },
  });
  line.end();
  if (failure !== undefined) return { outcome: 'failed', activated, failure };
  return { outcome: interrupt.aborted && activated < ids.length ? 'interrupted' : 'complete', activated };
}

interface Ended extends Pick<ImportResult, 'outcome' | 'seconds'> {
  readonly run?: RunResult;
  readonly activated?: number;
  readonly failure?: BiotError;
}

function result({ rows, valid, existing, problems }: Plan, ended: Ended): ImportResult {
  const { run, outcome, seconds, activated = 0 } = ended;
  const { registered = 0, skipped = 0 } = run ?? {};
  const failure = ended.failure ?? run?.failure;
  // A plan that is carried out has no problems of its own.
  const { listed, others } = run?.problems ?? problems;
  return {
    outcome,
    rows,
    valid,
    existing,
    registered,
    skipped,
    activated,
    problems: listed,
    others,
    failure: failure === undefined ? null : { code: failure.code, message: failure.message },
    seconds,
  };
}

function secondsSince(began: number): number {
  return Math.round(performance.now() - began) / 1000;
}

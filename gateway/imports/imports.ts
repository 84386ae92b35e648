import { randomUUID } from 'node:crypto';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { type Plan, planImport } from '../../network/import/plan.ts';
import { registerAll } from '../../network/import/registration-run.ts';
import type { ImportFormat } from '../../network/import/survey.ts';
import type { Sessions } from '../auth/sessions.ts';
import type { Fleet } from '../fleet.ts';
import { type Importer, memberLedger } from './member-ledger.ts';
import { ImportRun, type RunView } from './import-run.ts';

export interface ImportFile {
  readonly bytes: Uint8Array;
  readonly format: ImportFormat;
}

interface ImportsOptions {
  readonly sessions: Pick<Sessions, 'onEnd'>;
  readonly fleet: Fleet;
  readonly sleep: (ms: number) => Promise<unknown>;
}

/** Files that are looked at or imported at one time, of all members: each is in memory meanwhile. */
const AT_ONCE = 4;
/** Runs that are over and can still be asked for. */
const KEPT = 20;

/**
 * Imports of files for members: one at a time for each, in memory alone, signed with the member's own key. A run ends
 * with the session that it was begun in, for so does that key; what was registered stays, and the same file sent again
 * goes on from there.
 */
export class Imports {
  readonly #options: ImportsOptions;
  /** By the member's name. */
  readonly #busy = new Set<string>();
  readonly #runs = new Map<string, ImportRun>();

  constructor(options: ImportsOptions) {
    this.#options = options;
    options.sessions.onEnd((session) => {
      for (const run of this.#runs.values()) if (run.session === session) run.stop();
    });
  }

  /** What importing the file would do. @throws BiotError RATE_LIMITED, INVALID_ARGUMENT, or what the ledger says */
  async plan(person: Importer, file: ImportFile): Promise<Plan> {
    return this.#alone(person, () => this.#look(person, file));
  }

  /** Begins an import, which goes on by itself. @returns its id. @throws BiotError RATE_LIMITED */
  begin(person: Importer, file: ImportFile): string {
    const { session } = person;
    const run = new ImportRun(randomUUID(), session);
    const work = this.#alone(person, async () => {
      const plan = await this.#look(person, file);
      run.planned(plan);
      if (plan.problems.rows === 0) run.end(await this.#register(run, person, plan));
    });
    this.#runs.set(run.id, run);
    this.#forgetOldest();
    work.catch((error: unknown) => {
      run.fail(
        error instanceof BiotError ? error : new BiotError('INTERNAL', 'it broke off', { cause: error }),
      );
    });
    return run.id;
  }

  /** @throws BiotError NOT_FOUND for a run of somebody else, too */
  find(member: string, id: string): RunView {
    const run = this.#runs.get(id);
    if (run?.member !== member)
      throw new BiotError('NOT_FOUND', 'there is no such import of yours, or not any more');
    return run.view();
  }

  #alone<Result>({ session }: Importer, work: () => Promise<Result>): Promise<Result> {
    const { name } = session.member;
    if (this.#busy.has(name))
      throw new BiotError('RATE_LIMITED', 'a file of yours is being imported already');
    if (this.#busy.size >= AT_ONCE)
      throw new BiotError('RATE_LIMITED', 'others import files just now: try again later');
    this.#busy.add(name);
    return work().finally(() => this.#busy.delete(name));
  }

  #look(person: Importer, { bytes, format }: ImportFile): Promise<Plan> {
    return planImport(bytes, format, memberLedger(person, this.#options.fleet));
  }

  #register(
    run: ImportRun,
    { session: { registry } }: Importer,
    { fresh }: Plan,
  ): ReturnType<typeof registerAll> {
    const { sleep } = this.#options;
    return registerAll(fresh, {
      registry,
      sleep,
      stop: run.stopped,
      onProgress: (progress) => {
        run.progress(progress);
      },
    });
  }

  #forgetOldest(): void {
    const over = [...this.#runs.values()].filter((run) => run.isOver);
    for (const { id } of over.slice(0, Math.max(0, over.length - KEPT))) this.#runs.delete(id);
  }
}

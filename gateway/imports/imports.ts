import { randomUUID } from 'node:crypto';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { activateAll } from '../../network/import/activation-run.ts';
import { type Plan, planImport } from '../../network/import/plan.ts';
import { registerAll } from '../../network/import/registration-run.ts';
import type { ImportFormat } from '../../network/import/survey.ts';
import type { AuditRecorder } from '../audit/recorder.ts';
import type { Sessions } from '../auth/sessions.ts';
import type { DevicesCommitted } from '../../network/ledger/registry.ts';
import type { Session } from '../auth/sessions.ts';
import type { Fleet } from '../fleet.ts';
import { type Importer, memberLedger } from './member-ledger.ts';
import { ImportRun, type RunView } from './import-run.ts';

export interface ImportOptions {
  /** Whether the devices of the file become active, too. */
  readonly activate: boolean;
}

export interface ImportFile {
  readonly bytes: Uint8Array;
  readonly format: ImportFormat;
}

interface ImportsOptions {
  readonly sessions: Pick<Sessions, 'onEnd'>;
  readonly fleet: Fleet;
  readonly audit: Pick<AuditRecorder, 'requireRoom' | 'worked'>;
  readonly sleep: (ms: number) => Promise<unknown>;
}

/** Runs that are over and can still be asked for: of each member, so that nobody pushes another's out … */
const KEPT = 20;
/** … and of all, as members come and go. */
const KEPT_OF_ALL = 400;

/**
 * Imports of files for members, in memory alone, signed with the member's own key. A run ends with the session that it
 * was begun in, for so does that key; what was registered stays, and the same file sent again goes on from there.
 */
export class Imports {
  readonly #options: ImportsOptions;
  readonly #runs = new Map<string, ImportRun>();

  constructor(options: ImportsOptions) {
    this.#options = options;
    options.sessions.onEnd((session) => {
      for (const run of this.#runs.values()) if (run.session === session) run.stop();
    });
  }

  /** What importing the file would do. @throws BiotError INVALID_ARGUMENT, or what the ledger says */
  plan(person: Importer, { bytes, format }: ImportFile): Promise<Plan> {
    return planImport(bytes, format, memberLedger(person, this.#options.fleet));
  }

  /** Begins an import, which goes on by itself. @returns its id, and its end */
  begin(person: Importer, file: ImportFile, options: ImportOptions): { id: string; over: Promise<void> } {
    const { session } = person;
    const run = new ImportRun(randomUUID(), session);
    this.#runs.set(run.id, run);
    this.#forgetOldest(KEPT, ({ member }) => member === run.member);
    this.#forgetOldest(KEPT_OF_ALL, () => true);
    return { id: run.id, over: this.#work(run, person, { file, ...options }) };
  }

  /** @throws BiotError NOT_FOUND for a run of somebody else, too */
  find(member: string, id: string): RunView {
    const run = this.#runs.get(id);
    if (run?.member !== member)
      throw new BiotError('NOT_FOUND', 'there is no such import of yours, or not any more');
    return run.view();
  }

  async #work(
    run: ImportRun,
    person: Importer,
    { file, activate }: ImportOptions & { file: ImportFile },
  ): Promise<void> {
    try {
      const plan = await this.plan(person, file);
      run.planned(plan);
      if (plan.problems.rows > 0) return;
      if (!run.registered(await this.#register(run, person, plan))) return;
      run.end(activate ? await this.#activate(run, person, plan) : undefined);
    } catch (error) {
      run.fail(
        error instanceof BiotError ? error : new BiotError('INTERNAL', 'it broke off', { cause: error }),
      );
    }
  }

  #register(run: ImportRun, { session }: Importer, { fresh }: Plan): ReturnType<typeof registerAll> {
    const { sleep } = this.#options;
    return registerAll(fresh, {
      registry: {
        get: (id) => session.registry.get(id),
        register: (devices) =>
          this.#told(run, session, 'registerDevices', () => session.registry.register(devices)),
      },
      org: session.member.org,
      sleep,
      stop: run.stopped,
      onProgress: (progress) => {
        run.progress(progress);
      },
    });
  }

  /** @returns what it failed of */
  async #activate(
    run: ImportRun,
    { session }: Importer,
    { idle, fresh }: Plan,
  ): Promise<BiotError | undefined> {
    const ids = [...idle, ...fresh.map(({ registration }) => registration.id)];
    run.activating(ids.length);
    const { failure } = await activateAll(ids, {
      registry: {
        get: (id) => session.registry.get(id),
        activateAll: (some, reason) =>
          this.#told(run, session, 'activateDevice', () => session.registry.activateAll(some, reason)),
      },
      sleep: this.#options.sleep,
      stop: run.stopped,
      onProgress: (count) => {
        run.activated(count);
      },
    });
    return failure;
  }

  /** Does what changes devices, and makes it an entry of the audit trail for each of them. */
  async #told(
    { id }: ImportRun,
    { member }: Session,
    action: string,
    change: () => Promise<DevicesCommitted>,
  ): Promise<DevicesCommitted> {
    const { audit } = this.#options;
    audit.requireRoom({ audited: true });
    const committed = await change();
    await audit.worked({ member, action, ...committed, details: { import: id } });
    return committed;
  }

  #forgetOldest(kept: number, among: (run: ImportRun) => boolean): void {
    const over = [...this.#runs.values()].filter((run) => run.isOver && among(run));
    for (const { id } of over.slice(0, Math.max(0, over.length - kept))) this.#runs.delete(id);
  }
}

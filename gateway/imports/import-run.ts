import { BiotError, type ErrorCode } from '../../chaincode/protocol/errors.ts';
import type { Plan } from '../../network/import/plan.ts';
import type { LineRange, Problem, Problems } from '../../network/import/problems.ts';
import type { Progress, RunResult } from '../../network/import/registration-run.ts';
import type { Session } from '../auth/sessions.ts';

export interface RunView {
  readonly id: string;
  readonly state: 'running' | 'done' | 'failed';
  readonly total: number;
  readonly registered: number;
  readonly skipped: number;
  readonly activated: number;
  readonly toActivate: number;
  readonly problems: Problem[];
  readonly others: LineRange[];
  readonly failure: { readonly code: ErrorCode; readonly message: string } | null;
}

const BROKEN_OFF = new BiotError('INTERNAL', 'it broke off');
const NOTHING: Progress = { registered: 0, skipped: 0 };

/** One import of a file, as far as it has got. */
export class ImportRun {
  readonly id: string;
  /** Whose it is. */
  readonly member: string;
  readonly session: string;
  readonly #stop = new AbortController();
  #state: RunView['state'] = 'running';
  #total = 0;
  #existing = 0;
  #progress = NOTHING;
  #activated = 0;
  #toActivate = 0;
  #problems: Problems | undefined;
  #failure: RunView['failure'] = null;

  constructor(id: string, { id: session, member }: Pick<Session, 'id' | 'member'>) {
    this.id = id;
    this.member = member.name;
    this.session = session;
  }

  get isOver(): boolean {
    return this.#state !== 'running';
  }

  get stopped(): AbortSignal {
    return this.#stop.signal;
  }

  /** Its session has ended. */
  stop(): void {
    this.#stop.abort();
  }

  planned({ rows, existing, problems }: Plan): void {
    this.#total = rows;
    this.#existing = existing;
    if (problems.rows === 0) return;
    this.#problems = problems;
    this.fail(new BiotError('INVALID_ARGUMENT', 'nothing is registered, as rows are bad'));
  }

  progress(progress: Progress): void {
    this.#progress = progress;
  }

  /** @returns whether all are registered */
  registered({ outcome, problems, failure, ...progress }: RunResult): boolean {
    this.#progress = progress;
    this.#problems = problems;
    if (outcome !== 'complete') this.fail(failure ?? BROKEN_OFF);
    return outcome === 'complete';
  }

  activating(count: number): void {
    this.#toActivate = count;
  }

  activated(count: number): void {
    this.#activated = count;
  }

  end(failure?: BiotError): void {
    if (failure !== undefined) this.fail(failure);
    else if (this.stopped.aborted) this.fail(BROKEN_OFF);
    else this.#state = 'done';
  }

  fail({ code, message }: BiotError): void {
    this.#state = 'failed';
    // Whatever broke off with it: what ended is the session.
    this.#failure = this.stopped.aborted ? SESSION_ENDED : { code, message };
  }

  view(): RunView {
    const { registered, skipped } = this.#progress;
    return {
      id: this.id,
      state: this.#state,
      total: this.#total,
      registered,
      skipped: this.#existing + skipped,
      activated: this.#activated,
      toActivate: this.#toActivate,
      problems: this.#problems?.listed ?? [],
      others: this.#problems?.others ?? [],
      failure: this.#failure,
    };
  }
}

const SESSION_ENDED: RunView['failure'] = {
  code: 'TOKEN_EXPIRED',
  message: 'the session in which it was begun has ended: send the file again, and it goes on from here',
};

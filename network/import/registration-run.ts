import type { Device } from '../../chaincode/protocol/device.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { LedgerError } from '../ledger/ledger-error.ts';
import type { RegistryLedger } from '../ledger/registry.ts';
import { lotsTogether } from './chunks.ts';
import { type Patience, patiently } from './patience.ts';
import { conflict } from './plan.ts';
import { Problems } from './problems.ts';
import type { Entry } from './row.ts';

export interface RunOptions {
  readonly registry: Pick<RegistryLedger, 'register' | 'get'>;
  /** MSP id of the organisation whose devices they become. */
  readonly org: string;
  /** Begins nothing more once it is aborted, and waits for what is under way. */
  readonly stop: AbortSignal;
  readonly sleep: (ms: number) => Promise<unknown>;
  /** Told after each transaction. */
  readonly onProgress?: (progress: Progress) => void;
  /** Devices in a transaction. */
  readonly chunk?: number;
  /** Transactions under way at one time. */
  readonly inFlight?: number;
}

export interface Progress {
  /** Devices that this run registered. */
  readonly registered: number;
  /** Devices that somebody else registered just so meanwhile. */
  readonly skipped: number;
}

export interface RunResult extends Progress {
  readonly outcome: 'complete' | 'interrupted' | 'failed';
  readonly problems: Problems;
  /** What it failed of. */
  readonly failure?: BiotError;
}

/** The contract takes up to 500; of fewer, a transaction is done sooner, and costs hardly more for each. */
const CHUNK = 250;
/**
 * Peers work side by side, and while they endorse some chunks others are ordered and committed. A contract that has
 * several under way at once also wakes less often for each. More would wait too long on a slow machine.
 */
const IN_FLIGHT = 8;
const QUERIES_AT_ONCE = 16;

/**
 * Registers devices, several transactions at a time. Whatever breaks it off, each transaction registered all of its
 * devices or none, so that a plan of the same file made anew goes on where this run ended.
 */
export async function registerAll(entries: readonly Entry[], options: RunOptions): Promise<RunResult> {
  return new RegistrationRun(entries, options).run();
}

class RegistrationRun {
  readonly #entries: readonly Entry[];
  readonly #options: RunOptions;
  readonly #problems = new Problems();
  readonly #chunks: Iterator<Entry[], undefined>;
  #registered = 0;
  #skipped = 0;
  #failure: BiotError | undefined;

  constructor(entries: readonly Entry[], options: RunOptions) {
    this.#entries = entries;
    this.#options = options;
    this.#chunks = lotsTogether(entries, ({ registration }) => registration.id, options.chunk ?? CHUNK);
  }

  async run(): Promise<RunResult> {
    const { inFlight = IN_FLIGHT } = this.#options;
    await Promise.all(Array.from({ length: inFlight }, () => this.#work()));
    return { ...this.#progress, outcome: this.#outcome, problems: this.#problems, ...this.#failed };
  }

  get #progress(): Progress {
    return { registered: this.#registered, skipped: this.#skipped };
  }

  get #failed(): { failure?: BiotError } {
    return this.#failure === undefined ? {} : { failure: this.#failure };
  }

  get #outcome(): RunResult['outcome'] {
    if (this.#registered + this.#skipped + this.#problems.rows === this.#entries.length) return 'complete';
    return this.#options.stop.aborted ? 'interrupted' : 'failed';
  }

  get #over(): boolean {
    return this.#failure !== undefined || this.#options.stop.aborted;
  }

  get #patience(): Patience {
    return { sleep: this.#options.sleep, over: () => this.#over };
  }

  async #work(): Promise<void> {
    const { onProgress } = this.#options;
    while (!this.#over) {
      const { done, value } = this.#chunks.next();
      if (done === true) return;
      try {
        await this.#register(value);
      } catch (error) {
        if (!(error instanceof BiotError)) throw error;
        this.#failure ??= error;
      }
      onProgress?.(this.#progress);
    }
  }

  /** @throws BiotError */
  async #register(entries: readonly Entry[]): Promise<void> {
    /** Transactions of ours of which no answer came. */
    const unanswered = new Set<string>();
    let rest = entries;
    const attempt = async (): Promise<void> => {
      rest = await this.#attempt(rest, unanswered);
    };
    while (rest.length > 0) await patiently(attempt, this.#patience);
  }

  /** @returns what is still to be registered */
  async #attempt(entries: readonly Entry[], unanswered: Set<string>): Promise<readonly Entry[]> {
    try {
      await this.#options.registry.register(entries.map(({ registration }) => registration));
      this.#registered += entries.length;
      return [];
    } catch (error) {
      if (error instanceof LedgerError && error.transaction !== undefined) unanswered.add(error.transaction);
      if (!(error instanceof BiotError && error.code === 'DEVICE_EXISTS')) throw error;
      return this.#settle(entries, unanswered);
    }
  }

  /**
   * Some of the devices are on the ledger, though they were not when the plan was made: by a transaction of ours of
   * which we were not told, or by somebody else.
   */
  async #settle(entries: readonly Entry[], unanswered: ReadonlySet<string>): Promise<Entry[]> {
    const devices = await this.#look(entries);
    const rest: Entry[] = [];
    for (const [index, entry] of entries.entries()) {
      const device = devices[index];
      const problem = device === undefined ? undefined : conflict(entry, device, this.#options.org);
      if (device === undefined) rest.push(entry);
      else if (problem !== undefined) this.#problems.add(problem);
      else if (unanswered.has(device.transaction)) this.#registered += 1;
      else this.#skipped += 1;
    }
    return rest;
  }

  /** The devices that the ledger has now, in the order of the entries. */
  async #look(entries: readonly Entry[]): Promise<(Device | undefined)[]> {
    const devices: (Device | undefined)[] = [];
    for (let start = 0; start < entries.length; start += QUERIES_AT_ONCE) {
      const some = entries.slice(start, start + QUERIES_AT_ONCE);
      devices.push(...(await Promise.all(some.map(({ registration: { id } }) => this.#find(id)))));
    }
    return devices;
  }

  #find(id: string): Promise<Device | undefined> {
    return this.#options.registry.get(id).catch((error: unknown) => {
      if (error instanceof BiotError && error.code === 'DEVICE_UNKNOWN') return undefined;
      throw error;
    });
  }
}

import { type Checkpoint, NO_PREVIOUS } from '../../chaincode/protocol/header.ts';
import { AnchoredLog } from './anchored-log.ts';
import type { Report } from './difference.ts';
import type { LedgerView } from './ledger-view.ts';
import { rolledBack } from './log-follower.ts';

/** How long to wait, in all, for a peer that is behind those which the writers heard the commit from. */
export interface Patience {
  milliseconds: number;
  pause: (milliseconds: number) => Promise<void>;
}

const BETWEEN_ASKING_MS = 500;
/** A peer that catches up grows; without growth for so long, SQL's claim is taken to be false. */
const STILL_MS = 3_000;

/** All logs of the ledger, as they were before SQL was read, or newer where SQL needed it. */
export class AnchoredLogs {
  readonly #view: LedgerView;
  readonly #kept: ReadonlyMap<string, Checkpoint>;
  readonly #report: Report;
  readonly #patience: Patience;
  readonly #logs = new Map<string, AnchoredLog>();
  #patienceLeft: number;

  private constructor(
    view: LedgerView,
    options: { kept: readonly Checkpoint[]; report: Report; patience: Patience },
  ) {
    this.#view = view;
    this.#kept = new Map(options.kept.map((checkpoint) => [checkpoint.logId, checkpoint]));
    this.#report = options.report;
    this.#patience = options.patience;
    this.#patienceLeft = options.patience.milliseconds;
  }

  /** Asks the peer for all checkpoints: do it before SQL is read. */
  static async open(
    view: LedgerView,
    options: { kept: readonly Checkpoint[]; report: Report; patience: Patience },
  ): Promise<AnchoredLogs> {
    const logs = new AnchoredLogs(view, options);
    for (const checkpoint of await view.logs()) logs.#add(checkpoint, checkpoint.size);
    return logs;
  }

  get(logId: string): AnchoredLog | undefined {
    return this.#logs.get(logId);
  }

  all(): AnchoredLog[] {
    return [...this.#logs.values()];
  }

  /** Makes sure that a header which SQL says is committed would be known: asks again, while there is patience. */
  async reach(logId: string, sequence: number): Promise<void> {
    const size = (): number => this.#logs.get(logId)?.checkpoint.size ?? 0;
    for (let still = 0; this.#patienceLeft > 0 && still < STILL_MS && size() <= sequence;) {
      const before = size();
      await this.#refresh();
      if (size() > sequence) return;
      still = size() > before ? 0 : still + BETWEEN_ASKING_MS;
      this.#patienceLeft -= BETWEEN_ASKING_MS;
      await this.#patience.pause(BETWEEN_ASKING_MS);
    }
  }

  /** Names the logs that were there once, by the checkpoints kept, and are not any more. */
  reportVanished(): void {
    for (const kept of this.#kept.values())
      if (kept.size > 0 && !this.#logs.has(kept.logId))
        this.#report(
          rolledBack(kept, `the ledger has no such log; the checkpoint kept had ${kept.size} headers`),
        );
  }

  /** Waits a little for a writer, while there is patience. @returns whether there was */
  async wait(): Promise<boolean> {
    if (this.#patienceLeft <= 0) return false;
    this.#patienceLeft -= BETWEEN_ASKING_MS;
    await this.#patience.pause(BETWEEN_ASKING_MS);
    return true;
  }

  async #refresh(): Promise<void> {
    for (const checkpoint of await this.#view.logs()) {
      const log = this.#logs.get(checkpoint.logId);
      if (log === undefined) this.#add(checkpoint, 0);
      else log.grow(checkpoint);
    }
  }

  #add(checkpoint: Checkpoint, required: number): void {
    const { logId } = checkpoint;
    const options = { view: this.#view, report: this.#report, kept: this.#kept.get(logId) };
    this.#logs.set(logId, new AnchoredLog({ ...options, checkpoint, required }));
  }
}

/** Where a log ends: the next sequence number and what `previous` of its header must be. */
export function endOf(log: AnchoredLog | undefined): { size: number; head: string } {
  return log?.checkpoint ?? { size: 0, head: NO_PREVIOUS };
}

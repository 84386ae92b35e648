import type { UpdateReport } from '../../../chaincode/protocol/firmware/rollout-wire.ts';
import { Backoff } from '../backoff.ts';

/** Hands a report to the broker, and tells whether it was taken for somebody. */
export type SendReport = (payload: string, settled: (taken: boolean) => void) => void;

const RETRY = { first: 500, longest: 30_000 };
/** A broker that dies may lose what it took; a report that is so young is told again on a new connection. */
const TOLD_AGAIN_MS = 5 * 60_000;

/** Tells the last report until the broker has taken it. What was reported before it does not matter any more. */
export class Reporter {
  readonly #retry: Backoff;
  #last: UpdateReport | undefined;
  /** By `performance.now()`; undefined while the broker has not taken the last report. */
  #toldAt: number | undefined;
  #send: SendReport | undefined;
  #retrying: NodeJS.Timeout | undefined;

  constructor(retry = new Backoff(RETRY)) {
    this.#retry = retry;
  }

  connected(send: SendReport): void {
    this.#send = send;
    if (this.#toldAt === undefined || performance.now() - this.#toldAt < TOLD_AGAIN_MS) this.again();
  }

  disconnected(): void {
    this.#send = undefined;
    clearTimeout(this.#retrying);
    this.#retrying = undefined;
  }

  tell(report: UpdateReport): void {
    this.#last = report;
    this.again();
  }

  /** Tells what was told last once more. */
  again(): void {
    const report = this.#last;
    if (report === undefined) return;
    this.#toldAt = undefined;
    this.#send?.(JSON.stringify(report), (taken) => {
      if (!taken) this.#later();
      else if (this.#last === report) {
        this.#toldAt = performance.now();
        this.#retry.reset();
      }
    });
  }

  #later(): void {
    if (this.#send === undefined || this.#retrying !== undefined) return;
    this.#retrying = setTimeout(() => {
      this.#retrying = undefined;
      this.again();
    }, this.#retry.next());
  }
}

/** What is sent until it is acknowledged (RFC 7252 section 4.2). */
import type { Time } from '../../network/time.ts';

/** ACK_TIMEOUT and ACK_RANDOM_FACTOR. */
const FIRST_MS = 2_000;
const RANDOM_FACTOR = 1.5;
/** MAX_RETRANSMIT. */
const MOST_TIMES = 4;
/** On their way at one time; what comes beyond is sent once. */
const MOST_WAITING = 1_024;

/** Told once whether it was acknowledged; undefined when nobody waits for that. */
export type Settled = (acknowledged: boolean | undefined) => void;

interface Waiting {
  readonly cancel: () => void;
  readonly settled: Settled;
}

export class Retransmission {
  readonly #time: Pick<Time, 'after' | 'random'>;
  readonly #waiting = new Map<string, Waiting>();
  #closed = false;

  constructor(time: Pick<Time, 'after' | 'random'>) {
    this.#time = time;
  }

  /** @param key of the message: its receiver and its id */
  send(key: string, transmit: () => void, settled: Settled = () => undefined): void {
    transmit();
    if (this.#closed || this.#waiting.size >= MOST_WAITING) {
      settled(undefined);
      return;
    }
    const delay = FIRST_MS * (1 + this.#time.random() * (RANDOM_FACTOR - 1));
    this.#wait(key, { transmit, settled, left: MOST_TIMES, delay });
  }

  /** Acknowledged, or rejected: nobody waits for it any more. */
  settle(key: string, acknowledged: boolean | undefined): void {
    const waiting = this.#waiting.get(key);
    this.#waiting.delete(key);
    waiting?.cancel();
    waiting?.settled(acknowledged);
  }

  close(): void {
    this.#closed = true;
    for (const key of [...this.#waiting.keys()]) this.settle(key, undefined);
  }

  #wait(key: string, { transmit, settled, left, delay }: Attempts): void {
    const cancel = this.#time.after(delay, () => {
      if (left === 0) {
        this.settle(key, false);
        return;
      }
      transmit();
      this.#wait(key, { transmit, settled, left: left - 1, delay: 2 * delay });
    });
    this.#waiting.set(key, { cancel, settled });
  }
}

interface Attempts {
  readonly transmit: () => void;
  readonly settled: Settled;
  readonly left: number;
  readonly delay: number;
}

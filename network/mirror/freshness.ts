/** How current a mirror is. All instants are milliseconds of one monotonic clock, which is handed in. */
export interface Freshness {
  /** Whether the mirror is known to have held all that the peer had, within the bound. */
  readonly fresh: boolean;
  /** Since when it is not known to have: since its last confirmation, or since its start when there was none. */
  readonly silentMs: number;
  /** Number of blocks that the peer had when it last answered; null before its first answer. */
  readonly height: number | null;
}

/** A question after the ledger's height that is under way. */
export interface Heartbeat {
  readonly sentAt: number;
  readonly appliedThen: number;
}

interface Answer {
  readonly sentAt: number;
  readonly height: number;
}

/** Enough for a mirror that is a minute behind; see `#note`. */
const MAX_WAITING = 64;
const NOTHING = -1;

/**
 * Judges from heartbeats whether a mirror is current. A peer that answers "I have n blocks" to a question of instant
 * t confirms a mirror that has applied block n - 1, now or soon after, as of t. A stream of events that is merely
 * silent confirms nothing: it may be broken.
 */
export class FreshnessMeter {
  readonly #startedAt: number;
  readonly #boundMs: number;
  #confirmedAt: number | undefined;
  #applied = NOTHING;
  #height: number | null = null;
  /** Answers that name blocks still to come; both instants and heights grow. */
  #waiting: Answer[] = [];

  constructor({ now, boundMs }: { now: number; boundMs: number }) {
    this.#startedAt = now;
    this.#boundMs = boundMs;
  }

  /** Takes over when an earlier run was last confirmed. */
  restore(confirmedAt: number): void {
    this.#confirmedAt = confirmedAt;
  }

  /** The mirror holds nothing that counts any more. */
  reset(): void {
    this.#applied = NOTHING;
    this.#confirmedAt = undefined;
    this.#waiting = [];
  }

  ask(now: number): Heartbeat {
    return { sentAt: now, appliedThen: this.#applied };
  }

  answer({ sentAt, appliedThen }: Heartbeat, height: number): void {
    this.#height = height;
    // A peer without blocks that it, or the one before it, had already sent us is behind: its word confirms nothing.
    if (height <= appliedThen) return;
    this.#note({ sentAt, height });
    this.#settle();
  }

  applied(block: number): void {
    this.#applied = block;
    this.#settle();
  }

  /** Whether the peer has blocks that the mirror did not get. */
  get behind(): boolean {
    return this.#height !== null && this.#applied < this.#height - 1;
  }

  /** Instant as of which the mirror is known to have been current. */
  get confirmedAt(): number | undefined {
    return this.#confirmedAt;
  }

  freshness(now: number): Freshness {
    const silentMs = Math.max(0, Math.round(now - (this.#confirmedAt ?? this.#startedAt)));
    return {
      fresh: this.#confirmedAt !== undefined && silentMs <= this.#boundMs,
      silentMs,
      height: this.#height,
    };
  }

  /** When there is no more room, the newest answers take each other's place: the mirror then only seems staler. */
  #note(answer: Answer): void {
    if (this.#waiting.length === MAX_WAITING) this.#waiting.pop();
    this.#waiting.push(answer);
  }

  #settle(): void {
    const open = this.#waiting.findIndex(({ height }) => height - 1 > this.#applied);
    const settled = this.#waiting.splice(0, open === -1 ? this.#waiting.length : open);
    this.#confirmedAt = settled.at(-1)?.sentAt ?? this.#confirmedAt;
  }
}

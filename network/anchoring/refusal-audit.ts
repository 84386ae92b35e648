import type { AuditEntry } from '../../chaincode/protocol/audit-entry.ts';
import type { ErrorCode } from '../../chaincode/protocol/errors.ts';
import { MinuteLimit } from '../minute-limit.ts';

/** What was refused, whose it was, and why. */
export interface AuditedRefusal extends Omit<AuditEntry, 'at' | 'outcome' | 'details' | 'transaction'> {
  readonly code: ErrorCode;
  readonly message: string;
}

interface Count {
  readonly refusal: AuditedRefusal;
  readonly since: number;
  number: number;
}

export interface RefusalAuditParts {
  readonly now: () => number;
  readonly insert: (entries: readonly AuditEntry[]) => Promise<void>;
}

/** Refusals that are told apart; what is beyond is counted under no device and no address. */
const MOST_COUNTS = 10_000;
/** Characters of a message: it may quote what was sent. */
const LONGEST = 500;

/**
 * Brings refusals to the audit trail that anybody can cause at will: at most one entry a minute of those that are alike
 * (who, what, from where, with which code), which says how many there were since the entry before it. The first is written at once, so nobody has to wait to see it; the number of the rest
 * follows in the next minute. A sender of a million bad messages thus costs one row a minute.
 */
export class RefusalAudit {
  readonly #parts: RefusalAuditParts;
  readonly #counts = new Map<string, Count>();
  readonly #limit = new MinuteLimit();

  constructor(parts: RefusalAuditParts) {
    this.#parts = parts;
  }

  add(refusal: AuditedRefusal): void {
    const room = this.#counts.size < MOST_COUNTS || this.#counts.has(keyOf(refusal));
    const counted = room ? refusal : { ...refusal, ...NOBODY };
    const key = keyOf(counted);
    const count = this.#counts.get(key);
    if (count === undefined) this.#counts.set(key, { refusal: counted, since: this.#parts.now(), number: 1 });
    else count.number += 1;
  }

  /**
   * Writes what may be written in this minute, or everything when `all` is set (before the process ends). What could
   * not be written is kept for the next time.
   *
   * @throws BiotError DATABASE_UNAVAILABLE or INTERNAL
   */
  async flush({ all = false } = {}): Promise<void> {
    const now = this.#parts.now();
    const due = [...this.#counts].filter(([key]) => all || this.#limit.free(key, now));
    if (due.length === 0) return;
    const written = due.map(([key, count]) => ({ key, count, number: count.number }));
    await this.#parts.insert(written.map(({ count, number }) => entryOf(count, number, now)));
    for (const { key, count, number } of written) {
      this.#limit.use(key, now);
      this.#counts.delete(key);
      // Refused while the entry was on its way: the next entry's number.
      if (count.number > number)
        this.#counts.set(key, { ...count, since: now, number: count.number - number });
    }
  }
}

const NOBODY = { device: null, tenant: null, subject: null, address: null };

function entryOf({ refusal, since }: Count, number: number, at: number): AuditEntry {
  const { code, message, ...rest } = refusal;
  const details = { code, number, since: new Date(since).toISOString(), example: message.slice(0, LONGEST) };
  return { ...rest, at, outcome: 'refused', details, transaction: null };
}

function keyOf({ actor, action, device, subject, address, code }: AuditedRefusal): string {
  return JSON.stringify([actor, action, device, subject, address, code]);
}

import type { ErrorCode } from '../../chaincode/protocol/errors.ts';
import type { AuditEntry } from '../../sql/writers/audit-logs.ts';
import { MinuteLimit } from '../store/minute-limit.ts';

/** A message that was refused. `device` is null when its topic names none. */
export interface Refusal {
  readonly device: string | null;
  readonly code: ErrorCode;
  readonly message: string;
}

interface Count {
  readonly refusal: Refusal;
  readonly since: number;
  number: number;
}

export interface RefusalAuditParts {
  /** Who refuses: the name in the audit trail. */
  readonly actor: string;
  readonly now: () => number;
  /** Whose a device is, whatever tenant its message claimed; undefined when nobody knows it. */
  readonly tenantOf: (device: string) => string | undefined;
  readonly insert: (entries: readonly AuditEntry[]) => Promise<void>;
}

/** Devices and codes that are told apart; what is beyond is counted under no device. */
const MOST_COUNTS = 10_000;

/**
 * Brings refusals to the audit trail: at most one entry a device, code and minute, which says how many there were
 * since the entry before it. The first is written at once, so nobody has to wait to see it; the number of the rest
 * follows in the next minute. A sender of a million bad messages thus costs one row a minute.
 */
export class RefusalAudit {
  readonly #parts: RefusalAuditParts;
  readonly #counts = new Map<string, Count>();
  readonly #limit = new MinuteLimit();

  constructor(parts: RefusalAuditParts) {
    this.#parts = parts;
  }

  add(refusal: Refusal): void {
    const room = this.#counts.size < MOST_COUNTS || this.#counts.has(keyOf(refusal));
    const counted = room ? refusal : { ...refusal, device: null };
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
    await this.#parts.insert(written.map(({ count, number }) => this.#entry(count, number, now)));
    for (const { key, count, number } of written) {
      this.#limit.use(key, now);
      this.#counts.delete(key);
      // Refused while the entry was on its way: the next entry's number.
      if (count.number > number)
        this.#counts.set(key, { ...count, since: now, number: count.number - number });
    }
  }

  #entry({ refusal, since }: Count, number: number, now: number): AuditEntry {
    const { device, code, message } = refusal;
    const tenant = device === null ? undefined : this.#parts.tenantOf(device);
    return {
      device,
      tenant: tenant ?? null,
      actor: this.#parts.actor,
      action: 'telemetry.refuse',
      details: { code, number, since: new Date(since).toISOString(), example: message },
      createdAt: now,
    };
  }
}

/** Ids of devices have no blank in them. */
function keyOf({ device, code }: Refusal): string {
  return `${device ?? ''} ${code}`;
}

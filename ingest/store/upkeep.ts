import type { Logger } from 'pino';

import type { AuditEntry } from '../../chaincode/protocol/audit-entry.ts';
import { repeat } from '../../network/repeat.ts';
import type { Time } from '../../network/time.ts';
import type { TelemetryExpiry } from '../../sql/partition-maintenance.ts';
import type { ExpiredReadings } from './type-expiry.ts';

export interface UpkeepParts {
  /** Makes partitions ahead and drops those that the retention has passed; tells before it drops. */
  readonly maintain: (onExpire: (expiry: TelemetryExpiry) => Promise<void>) => Promise<void>;
  /** Deletes some of the readings that their devices' types do not keep; tells what it deleted. */
  readonly expire: (onExpire: (expired: ExpiredReadings) => Promise<void>) => Promise<void>;
  /** Whose doing it is, and that member's organisation (MSP id). */
  readonly actor: string;
  readonly org: string;
  /** Adds to the audit trail. */
  readonly record: (entries: readonly AuditEntry[]) => Promise<void>;
  readonly log: Pick<Logger, 'warn'>;
  readonly time: Time;
}

const MAINTAIN_EVERY_MS = 60 * 60_000;
const MAINTAIN_RETRY_MS = 60_000;
const EXPIRE_EVERY_MS = 30_000;

/** Keeps the tables of readings in order, and says in the audit trail what it drops. */
export class Upkeep {
  readonly #parts: UpkeepParts;

  constructor(parts: UpkeepParts) {
    this.#parts = parts;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { expire, maintain, log, time } = this.#parts;
    await Promise.all([
      repeat(
        {
          ...{ name: 'partitions', everyMs: MAINTAIN_EVERY_MS, retryMs: MAINTAIN_RETRY_MS, log, time },
          task: () =>
            maintain(({ before, partitions }) =>
              this.#record({ before: new Date(before).toISOString(), partitions: [...partitions] }),
            ),
        },
        signal,
      ),
      repeat(
        {
          ...{ name: 'expiry', everyMs: EXPIRE_EVERY_MS, retryMs: EXPIRE_EVERY_MS, log, time },
          task: () => expire((expired) => this.#record({ ...expired })),
        },
        signal,
      ),
    ]);
  }

  #record(details: AuditEntry['details']): Promise<void> {
    const { actor, org, record, time } = this.#parts;
    const entry: AuditEntry = {
      ...{ actor, org, at: time.now(), action: 'expireTelemetry', outcome: 'done' },
      ...{ tenant: null, device: null, subject: null, address: null, transaction: null },
      details,
    };
    return record([entry]);
  }
}

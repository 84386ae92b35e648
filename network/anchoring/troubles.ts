import type { Logger } from 'pino';

import type { Alert } from '../../sql/writers/alerts.ts';

export interface TroublesParts {
  readonly logId: string;
  readonly alert: (alert: Alert) => Promise<void>;
  readonly log: Pick<Logger, 'warn' | 'error' | 'info'>;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
}

/** What stands still: `anchoring`, that nothing new comes to the ledger; `storage`, that no telemetry is stored. */
export type Standing = 'anchoring' | 'storage';

interface Trouble {
  readonly type: string;
  readonly reason: string;
  told: boolean;
}

/**
 * What people must look at because waiting does not help: shown as long as it lasts, and told as an alert once each
 * time that it begins. An alert that could not be stored is tried again when the trouble is seen again.
 */
export class Troubles {
  readonly #parts: TroublesParts;
  readonly #present = new Map<Standing, Trouble>();

  constructor(parts: TroublesParts) {
    this.#parts = parts;
  }

  async raise(standing: Standing, type: string, reason: string): Promise<void> {
    const { alert, log, logId, now } = this.#parts;
    const known = this.#present.get(standing);
    const trouble = { type, reason, told: known?.type === type && known.told };
    this.#present.set(standing, trouble);
    if (trouble.told) return;
    if (known?.type !== type) log.error({ type, reason }, `${standing} has stopped`);
    try {
      await alert({
        device: null,
        tenant: null,
        type,
        severity: 'critical',
        value: null,
        details: { logId, message: reason },
        createdAt: now(),
      });
      trouble.told = true;
    } catch (error) {
      log.warn({ err: error }, 'the alert could not be stored');
    }
  }

  clear(standing: Standing): void {
    if (this.#present.delete(standing)) this.#parts.log.info(`${standing} goes on`);
  }

  /** Why, for each that stands still. */
  reasons(): Partial<Record<Standing, string>> {
    return Object.fromEntries([...this.#present].map(([standing, { reason }]) => [standing, reason]));
  }
}

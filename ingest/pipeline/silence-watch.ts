import type { Device } from '../../chaincode/protocol/device.ts';
import type { RegistryMirror } from '../../network/mirror/registry-mirror.ts';
import type { Alert } from '../../sql/writers/alerts.ts';
import { CURRENT_MS } from './admission.ts';

export interface SilenceWatchParts {
  readonly mirror: Pick<RegistryMirror, 'freshness' | 'onChange'>;
  readonly insert: (alerts: readonly Alert[]) => Promise<void>;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
}

interface Taken {
  readonly since: number;
  number: number;
}

/**
 * Remembers whose messages were taken while the ledger was silent. Who cuts a worker's stream could have a device go on
 * sending that was revoked meanwhile: as soon as the ledger is heard again and says so, that becomes an alert, and
 * nobody has to take those messages for a device's that was allowed to send.
 */
export class SilenceWatch {
  readonly #parts: SilenceWatchParts;
  readonly #taken = new Map<string, Taken>();
  readonly #ended: () => void;
  #alerts: Alert[] = [];

  constructor(parts: SilenceWatchParts) {
    this.#parts = parts;
    this.#ended = parts.mirror.onChange((devices) => {
      for (const device of devices) this.#changed(device);
    });
  }

  /** A message of the device was taken. */
  taken({ id }: Pick<Device, 'id'>): void {
    if (!this.#isSilent()) return;
    const taken = this.#taken.get(id);
    if (taken === undefined) this.#taken.set(id, { since: this.#parts.now(), number: 1 });
    else taken.number += 1;
  }

  /** @throws BiotError DATABASE_UNAVAILABLE or INTERNAL; what could not be written is kept for the next time */
  async flush(): Promise<void> {
    const alerts = this.#alerts;
    if (alerts.length > 0) {
      await this.#parts.insert(alerts);
      this.#alerts = this.#alerts.slice(alerts.length);
    }
    // What was missed is applied: the devices that are left were active all the time.
    if (!this.#isSilent()) this.#taken.clear();
  }

  close(): void {
    this.#ended();
  }

  /** Not `fresh`: that is by the bound of admission, which is a day. */
  #isSilent(): boolean {
    return this.#parts.mirror.freshness().silentMs > CURRENT_MS;
  }

  #changed({ id, tenant, status, by, updatedAt, transaction }: Device): void {
    const taken = this.#taken.get(id);
    if (taken === undefined || status === 'active') return;
    this.#taken.delete(id);
    const { number, since } = taken;
    const alert: Alert = {
      device: id,
      tenant,
      type: 'TAKEN_WHILE_SILENT',
      severity: 'warning',
      value: number,
      details: { status, by, changedAt: updatedAt, transaction, takenSince: new Date(since).toISOString() },
      createdAt: this.#parts.now(),
    };
    this.#alerts = [...this.#alerts, alert];
  }
}

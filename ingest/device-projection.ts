import type { Logger } from 'pino';

import type { Device } from '../chaincode/protocol/device.ts';
import type { RegistryMirror } from '../network/mirror/registry-mirror.ts';
import { Backoff } from '../network/backoff.ts';
import { pause, type Time } from '../network/time.ts';

export interface ProjectionParts {
  readonly mirror: Pick<RegistryMirror, 'device' | 'devices' | 'ready' | 'onChange'>;
  /** Writes devices to the database. */
  readonly put: (devices: readonly Device[]) => Promise<void>;
  readonly log: Pick<Logger, 'warn'>;
  readonly time: Time;
}

const RETRY = { firstMs: 100, longestMs: 5_000 };

/**
 * Copies the ledger's devices to the table `devices`, for lists and joins: all at the start, then those that change.
 * What is written is what the mirror has at that moment, so a device that changes twice is written once.
 */
export class DeviceProjection {
  readonly #parts: ProjectionParts;
  readonly #changed = new Set<string>();
  readonly #backoff: Backoff;
  #wake: (() => void) | undefined;

  constructor(parts: ProjectionParts) {
    this.#parts = parts;
    this.#backoff = new Backoff(RETRY, () => parts.time.random());
  }

  async run(signal: AbortSignal): Promise<void> {
    const { mirror } = this.#parts;
    const forget = mirror.onChange((devices) => {
      this.#note(devices);
    });
    // Until then there is nothing to copy; a mirror that is closed before never gets there.
    mirror.ready().then(
      () => {
        this.#note(mirror.devices());
      },
      () => undefined,
    );
    while (!signal.aborted) {
      if (this.#changed.size === 0) await this.#sleep(signal);
      else await this.#write(signal);
    }
    forget();
  }

  #note(devices: Iterable<Device>): void {
    for (const { id } of devices) this.#changed.add(id);
    this.#wake?.();
  }

  async #write(signal: AbortSignal): Promise<void> {
    const { mirror, put, log, time } = this.#parts;
    const ids = [...this.#changed];
    this.#changed.clear();
    try {
      await put(ids.map((id) => mirror.device(id)).filter((device) => device !== undefined));
      this.#backoff.succeeded();
    } catch (error) {
      for (const id of ids) this.#changed.add(id);
      log.warn({ err: error, devices: ids.length }, 'devices not written, trying again');
      await pause(time, this.#backoff.next(), signal);
    }
  }

  #sleep(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        this.#wake = undefined;
        signal.removeEventListener('abort', end);
        resolve();
      };
      this.#wake = end;
      signal.addEventListener('abort', end);
    });
  }
}

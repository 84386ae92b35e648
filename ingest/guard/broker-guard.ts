import type { Logger } from 'pino';

import type { RegistryMirror } from '../../network/mirror/registry-mirror.ts';
import { type Excluded, excludedKeys } from './excluded.ts';

export interface Broker {
  /** Makes the broker refuse certificates for these keys (fingerprints) from now on. */
  refuse(keys: readonly string[]): Promise<void>;
  /** Ends the live connection of a device, if there is one. */
  disconnect(device: string): Promise<void>;
}

export interface GuardParts {
  readonly mirror: Pick<RegistryMirror, 'devices' | 'onChange'>;
  readonly broker: Broker;
  readonly now: () => number;
  /** Calls back later. @returns what prevents it */
  readonly after: (milliseconds: number, action: () => void) => () => void;
  readonly log: Pick<Logger, 'info' | 'error'>;
}

/** Connections that are ended at one time. */
const AT_ONCE = 32;
const RETRY_MS = 1_000;
/** Timers take no more than 31 bits of milliseconds; looking once a day too often is no harm. */
const LONGEST_WAIT_MS = 86_400_000;

/**
 * Keeps those away from the broker whom the ledger has turned away. The broker checks a certificate when a device
 * connects, and never again: so when a key is turned away, the list of revoked certificates is renewed first, and then
 * the connection is ended, which the device cannot make again.
 */
export class BrokerGuard {
  readonly #parts: GuardParts;
  /** Undefined until the broker has been told once, whatever its list says: what happened while nobody watched is made good. */
  #refused: Excluded['keys'] | undefined;
  #running: Promise<void> | undefined;
  #again = false;
  #stopped = false;
  #stopListening: () => void = () => undefined;
  #cancelTimer: () => void = () => undefined;

  constructor(parts: GuardParts) {
    this.#parts = parts;
  }

  async start(): Promise<void> {
    this.#stopListening = this.#parts.mirror.onChange(() => {
      this.#wake();
    });
    this.#wake();
    await this.#running;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#stopListening();
    this.#cancelTimer();
    await this.#running;
  }

  /** One round at a time; what changes meanwhile is the next round's. */
  #wake(): void {
    if (this.#stopped) return;
    if (this.#running !== undefined) {
      this.#again = true;
      return;
    }
    this.#running = this.#round().finally(() => {
      this.#running = undefined;
      if (!this.#again) return;
      this.#again = false;
      this.#wake();
    });
  }

  async #round(): Promise<void> {
    const { mirror, now, log } = this.#parts;
    const excluded = excludedKeys(mirror.devices(), now());
    try {
      if (!sameKeys(excluded.keys, this.#refused)) await this.#enforce(excluded);
      this.#schedule(excluded.nextChange === undefined ? LONGEST_WAIT_MS : excluded.nextChange - now());
    } catch (error) {
      log.error({ err: error }, 'the broker could not be told whom to refuse: trying again');
      this.#schedule(RETRY_MS);
    }
  }

  async #enforce({ keys }: Excluded): Promise<void> {
    const { broker, log } = this.#parts;
    await broker.refuse([...keys.keys()]);
    const added = [...keys].filter(([key]) => this.#refused?.has(key) !== true);
    const devices = [...new Set(added.flatMap(([, named]) => named))];
    for (let at = 0; at < devices.length; at += AT_ONCE) {
      await Promise.all(devices.slice(at, at + AT_ONCE).map((device) => broker.disconnect(device)));
    }
    this.#refused = keys;
    log.info({ refused: keys.size, disconnected: devices.length }, 'the broker refuses whom the ledger does');
  }

  #schedule(milliseconds: number): void {
    this.#cancelTimer();
    if (this.#stopped) return;
    this.#cancelTimer = this.#parts.after(Math.min(Math.max(milliseconds, 0), LONGEST_WAIT_MS), () => {
      this.#wake();
    });
  }
}

function sameKeys(left: Excluded['keys'], right?: Excluded['keys']): boolean {
  return left.size === right?.size && [...left.keys()].every((key) => right.has(key));
}

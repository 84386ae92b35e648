import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { Sensor } from '../../chaincode/protocol/sensors.ts';
import { Backoff } from './backoff.ts';
import { simulatedCommands } from './simulated-commands.ts';
import { openDevice, type OpenDevice } from './device.ts';
import type { FleetMember } from './fleet.ts';
import { simulatedFirmware, type SimulatedFirmwareOptions } from './simulated-firmware.ts';
import { untilReleased } from './ownership.ts';
import { type Signal, signalOf } from './signals.ts';
import type { BrokerAddress } from './tls-connector.ts';

export interface SimulatedDeviceOptions {
  readonly member: FleetMember;
  readonly folder: string;
  readonly broker: BrokerAddress;
  readonly firmware: SimulatedFirmwareOptions;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
}

/** Messages of a device for about a day without a platform. */
const CAPACITY_BYTES = 8 * 1024 * 1024;
const RETRY = { first: 500, longest: 30_000 };
const GRACE_MS = 2_000;

/**
 * Acts as one device until the signal comes: publishes made-up readings at its interval. When another process (a
 * replay) asks for the device it gets it, and this one goes on when the device is free again.
 */
export async function simulateDevice(options: SimulatedDeviceOptions, stop: AbortSignal): Promise<void> {
  const { folder, log, member } = options;
  const backoff = new Backoff(RETRY);
  while (!stop.aborted) {
    try {
      await untilReleased(folder, stop);
      await new SimulatedDevice(options).run(stop);
      backoff.reset();
      // Whoever was given the device must be quicker to take it than this one is to want it back.
      await delay(GRACE_MS, undefined, { signal: stop }).catch(() => undefined);
    } catch (error) {
      // Somebody else was quicker, or the folder is not complete yet: neither is for ever.
      log.warn({ device: member.id, reason: describe(error) }, 'cannot act as this device');
      await delay(backoff.next(), undefined, { signal: stop }).catch(() => undefined);
    }
  }
}

/** From taking the device to giving it away. */
class SimulatedDevice {
  readonly #options: SimulatedDeviceOptions;
  readonly #signals: (readonly [Sensor, Signal])[];
  readonly #over = Promise.withResolvers<undefined>();
  /** What was said last, so that it is not said again and again. */
  #state = '';
  #ticks: NodeJS.Timeout | undefined;

  /** Publishes in this interval from now on. */
  #tick: (intervalMs: number) => void = () => undefined;

  constructor(options: SimulatedDeviceOptions) {
    this.#options = options;
    const { id, sensors } = options.member;
    this.#signals = sensors.map((sensor) => [sensor, signalOf(sensor, id)]);
  }

  async run(stop: AbortSignal): Promise<void> {
    const end = (): void => {
      this.#over.resolve(undefined);
    };
    const device = await this.#open(end);
    this.#tick = (intervalMs) => {
      clearInterval(this.#ticks);
      this.#ticks = setInterval(() => {
        this.#publish(device);
      }, intervalMs);
    };
    this.#tick(this.#options.member.intervalMs);
    stop.addEventListener('abort', end);
    if (stop.aborted) end();
    await this.#over.promise;
    clearInterval(this.#ticks);
    stop.removeEventListener('abort', end);
    await device.close();
  }

  async #open(onYield: () => void): Promise<OpenDevice> {
    const { folder, broker, firmware, member } = this.#options;
    return openDevice({
      firmware: await simulatedFirmware(firmware, member.type),
      folder,
      broker,
      owner: { tenant: member.tenant, device: member.id },
      capacityBytes: CAPACITY_BYTES,
      commands: simulatedCommands((intervalMs) => {
        this.#tick(intervalMs);
      }),
      onYield: () => {
        this.#say('info', 'another process acts as this device now');
        onYield();
      },
      events: {
        connected: () => {
          this.#say('info', 'connected');
        },
        disconnected: (error) => {
          this.#say('warn', 'not connected', { reason: describe(error) });
        },
        postponed: ({ code, message }) => {
          this.#say('warn', `the platform takes nothing: ${code}`, { reason: message });
        },
        committed: () => {
          this.#say('info', 'messages are being stored');
        },
        refused: ({ code, message }) => {
          this.#say('warn', `a message was refused: ${code}`, { reason: message });
        },
      },
    });
  }

  #publish({ client }: OpenDevice): void {
    const ts = this.#options.now();
    try {
      client.publish({
        ts,
        values: Object.fromEntries(this.#signals.map(([sensor, at]) => [sensor, at(ts)])),
      });
    } catch (error) {
      // A full store keeps the older readings; a broken one keeps nothing, and is opened anew.
      this.#say('warn', 'a reading is lost', { reason: describe(error) });
      if (!(error instanceof BiotError && error.code === 'STORE_FULL')) this.#over.resolve(undefined);
    }
  }

  #say(level: 'info' | 'warn', what: string, details: object = {}): void {
    if (what === this.#state) return;
    this.#state = what;
    this.#options.log[level]({ device: this.#options.member.id, ...details }, what);
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${describe(error.cause)}`;
}

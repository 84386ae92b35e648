import {
  type Properties,
  propertiesSchema,
  type TwinDesired,
  twinDesiredSchema,
} from '../../chaincode/protocol/twin.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { Backoff } from './backoff.ts';

/** Hands a report to the broker, and tells whether it was taken for somebody. */
export type SendReport = (payload: string, settled: (taken: boolean) => void) => void;

const RETRY = { first: 500, longest: 30_000 };

/**
 * The device's side of its twin: it is told what is wanted of it, the newest only, and says what it has. What it says
 * last is sent until the platform is there to take it.
 */
export class DeviceTwin {
  readonly #onDesired: (desired: TwinDesired) => void;
  readonly #retry: Backoff;
  #send: SendReport | undefined;
  #retrying: NodeJS.Timeout | undefined;
  #seen: number | undefined;
  #untold: Properties | undefined;

  /** @param onDesired told whenever the platform says what is wanted: also what was told before */
  constructor(onDesired: (desired: TwinDesired) => void = () => undefined, retry = new Backoff(RETRY)) {
    this.#onDesired = onDesired;
    this.#retry = retry;
  }

  /** Says what the device has, all of it. @throws BiotError INVALID_ARGUMENT when that is too large or too deep */
  report(properties: Properties): void {
    const { success, error } = propertiesSchema.safeParse(properties);
    if (!success) throw new BiotError('INVALID_ARGUMENT', 'not what a twin can be', { cause: error });
    this.#untold = properties;
    this.#tell();
  }

  connected(send: SendReport): void {
    this.#send = send;
    this.#tell();
  }

  disconnected(): void {
    this.#send = undefined;
    clearTimeout(this.#retrying);
    this.#retrying = undefined;
  }

  /** What the platform says; what cannot be read is nothing to act on. */
  receive(payload: Uint8Array): void {
    const desired = parseDesired(payload);
    if (desired === undefined) return;
    this.#seen = desired.version;
    this.#onDesired(desired);
  }

  #tell(): void {
    const properties = this.#untold;
    if (properties === undefined) return;
    const desiredVersion = this.#seen;
    const report = { properties, ...(desiredVersion !== undefined && { desiredVersion }) };
    this.#send?.(JSON.stringify(report), (taken) => {
      if (!taken) this.#tellLater();
      else {
        this.#retry.reset();
        if (this.#untold === properties) this.#untold = undefined;
      }
    });
  }

  #tellLater(): void {
    if (this.#send === undefined || this.#retrying !== undefined) return;
    this.#retrying = setTimeout(() => {
      this.#retrying = undefined;
      this.#tell();
    }, this.#retry.next());
  }
}

function parseDesired(payload: Uint8Array): TwinDesired | undefined {
  try {
    return twinDesiredSchema.safeParse(JSON.parse(Buffer.from(payload).toString())).data;
  } catch {
    return undefined;
  }
}

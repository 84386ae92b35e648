import type { Device } from '../../chaincode/protocol/device.ts';
import { type DeviceType, keptFrom, type Misfit, misfitOf } from '../../chaincode/protocol/device-type.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { decodeMessage } from '../../chaincode/protocol/message-decoding.ts';
import type { Message } from '../../chaincode/protocol/message.ts';
import type { TopicOwner } from '../../chaincode/protocol/topics.ts';
import type { RegistryMirror } from '../../network/mirror/registry-mirror.ts';
import { type PendingMessage, pendingMessage } from '../store/pending-message.ts';

export interface AdmissionSettings {
  /** The earliest instant that is accepted, milliseconds since the Unix epoch. */
  readonly earliest: number;
  /** Readings older than so many days are dropped, so they are not accepted either; 0 keeps everything. */
  readonly retentionDays: number;
  /** For so long after the ledger was last heard of, devices that were active then are still believed to be. */
  readonly silenceBoundMs: number;
}

export interface AdmissionParts {
  readonly mirror: Pick<RegistryMirror, 'device' | 'type' | 'freshness'>;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
  readonly settings: AdmissionSettings;
}

/** What is wrong with a message by its device's type. */
type Refused = Misfit | { readonly code: 'TIMESTAMP_OUT_OF_RANGE'; readonly message: string };

/** Clocks of devices that are a little ahead are right often enough. */
const AHEAD_MS = 5 * 60_000;
/** When the ledger has been silent for longer, a device may have been registered since, or a type changed. */
export const CURRENT_MS = 5_000;
const DAY_MS = 86_400_000;

/**
 * Decides whether a message may be stored: by what the ledger says about its device, and never by SQL.
 *
 * That telemetry of a device goes on being taken while the ledger is silent is a choice: a reading gives nobody a
 * permission, and its anchor follows. It ends at the bound, and whoever is not known to be active gets nothing.
 */
export class Admission {
  readonly #parts: AdmissionParts;

  constructor(parts: AdmissionParts) {
    this.#parts = parts;
  }

  /**
   * The device that a topic names, when it may send.
   *
   * @throws BiotError DEVICE_UNKNOWN, DEVICE_NOT_ACTIVE, TENANT_MISMATCH, LEDGER_STALE or LEDGER_UNAVAILABLE
   */
  activeDevice({ tenant, device: id }: TopicOwner): Device {
    const { mirror, settings } = this.#parts;
    const { silentMs } = mirror.freshness();
    const device = mirror.device(id);
    if (device === undefined) throw unknownDevice(id, silentMs);
    if (device.tenant !== tenant)
      throw new BiotError('TENANT_MISMATCH', `device ${id} does not belong to tenant ${tenant}`);
    if (device.status !== 'active')
      throw new BiotError('DEVICE_NOT_ACTIVE', `device ${id} is ${device.status} on the ledger`);
    if (silentMs > settings.silenceBoundMs)
      throw new BiotError('LEDGER_STALE', 'the ledger has been silent for too long to decide about a device');
    return device;
  }

  /**
   * What a payload says, if it may be stored for that device.
   *
   * @throws BiotError MESSAGE_TOO_LARGE, MESSAGE_MALFORMED, SENSOR_UNKNOWN, VALUE_INVALID, TIMESTAMP_OUT_OF_RANGE,
   *   TYPE_UNKNOWN or LEDGER_UNAVAILABLE
   */
  message(device: Device, payload: Uint8Array): PendingMessage {
    const message = decodeMessage(payload);
    this.#checkInstant(message);
    this.#checkByType(device, message);
    return pendingMessage(device, message);
  }

  /** A refusal is for good, and the device forgets the message: so it takes the type as it is now to refuse by it. */
  #checkByType({ type: name }: Device, message: Message): void {
    const { mirror } = this.#parts;
    const type = mirror.type(name);
    if (type === undefined) throw new BiotError('TYPE_UNKNOWN', `the ledger knows no type ${name}`);
    const misfit = misfitOf(type, message.values) ?? this.#tooOld(type, message);
    if (misfit === undefined) return;
    if (mirror.freshness().silentMs > CURRENT_MS) {
      const reason = `the ledger is silent: type ${name} cannot send this, unless the type was changed`;
      throw new BiotError('LEDGER_UNAVAILABLE', reason);
    }
    throw new BiotError(misfit.code, misfit.message);
  }

  #tooOld(type: DeviceType, { ts }: Message): Refused | undefined {
    const earliest = keptFrom(type, this.#parts.now());
    if (ts >= earliest) return undefined;
    const message = `ts is ${describe(ts)}; readings of type ${type.name} are kept from ${describe(earliest)} on`;
    return { code: 'TIMESTAMP_OUT_OF_RANGE', message };
  }

  #checkInstant({ ts }: Message): void {
    const { now, settings } = this.#parts;
    const instant = now();
    const kept = settings.retentionDays === 0 ? 0 : instant - settings.retentionDays * DAY_MS;
    const earliest = Math.max(settings.earliest, kept);
    const latest = instant + AHEAD_MS;
    if (ts >= earliest && ts <= latest) return;
    throw new BiotError(
      'TIMESTAMP_OUT_OF_RANGE',
      `ts is ${describe(ts)}; accepted are ${describe(earliest)} to ${describe(latest)}`,
    );
  }
}

function unknownDevice(id: string, silentMs: number): BiotError {
  return silentMs > CURRENT_MS
    ? new BiotError('LEDGER_UNAVAILABLE', `the ledger is silent: whether ${id} was registered is not known`)
    : new BiotError('DEVICE_UNKNOWN', `the ledger knows no device ${id}`);
}

/** A device may send any integer: not all are dates. */
function describe(instant: number): string {
  const date = new Date(instant);
  return Number.isNaN(date.getTime()) ? String(instant) : date.toISOString();
}

import { type AlertRule, concerns, sensorsOf } from '../../chaincode/protocol/alerts/rule.ts';
import type { Device } from '../../chaincode/protocol/device.ts';

/** The rules that concern one device. */
interface DeviceRules {
  /** By each sensor that one of them looks at. A rule that looks at two is under the first: it needs both. */
  readonly bySensor: ReadonlyMap<string, readonly AlertRule[]>;
  readonly ofSilence: readonly AlertRule[];
}

const NONE: readonly AlertRule[] = [];

/** What a rule asks first, as a key; the empty one is for rules about every device. */
function keyOf({ definition: { devices } }: AlertRule): string {
  if (devices.device !== undefined) return `device ${devices.device}`;
  if (devices.type !== undefined) return `type ${devices.type}`;
  return devices.group === undefined ? '' : `group ${devices.group}`;
}

/** All enabled rules, found by what they say about devices and sensors, so that a reading meets those alone that it concerns. */
export class RuleBook {
  readonly #rules: ReadonlyMap<string, AlertRule>;
  readonly #byKey: ReadonlyMap<string, readonly AlertRule[]>;
  /** By the very object: a device that changes is another one. */
  readonly #ready = new WeakMap<Device, DeviceRules>();
  readonly hasSilences: boolean;

  constructor(rules: readonly AlertRule[] = []) {
    const enabled = rules.filter(({ definition }) => definition.enabled);
    this.#rules = new Map(enabled.map((rule) => [rule.definition.id, rule]));
    this.#byKey = Map.groupBy(enabled, keyOf);
    this.hasSilences = enabled.some(({ definition }) => definition.condition.kind === 'no-data');
  }

  rule(id: string): AlertRule | undefined {
    return this.#rules.get(id);
  }

  /** Those that look at a sensor of the device. */
  lookingAt(device: Device, sensor: string): readonly AlertRule[] {
    return this.#of(device).bySensor.get(sensor) ?? NONE;
  }

  /** Those that ask whether the device is heard. */
  ofSilence(device: Device): readonly AlertRule[] {
    return this.#of(device).ofSilence;
  }

  #of(device: Device): DeviceRules {
    const known = this.#ready.get(device);
    if (known !== undefined) return known;
    const keys = [
      '',
      `device ${device.id}`,
      `type ${device.type}`,
      ...device.groups.map((group) => `group ${group}`),
    ];
    const rules = keys
      .flatMap((key) => this.#byKey.get(key) ?? NONE)
      .filter(({ definition }) => concerns(definition, device));
    const found: DeviceRules = {
      bySensor: Map.groupBy(
        rules.filter(({ definition }) => sensorsOf(definition.condition) !== undefined),
        ({ definition }) => sensorsOf(definition.condition)?.[0] ?? '',
      ),
      ofSilence: rules.filter(({ definition }) => definition.condition.kind === 'no-data'),
    };
    this.#ready.set(device, found);
    return found;
  }
}

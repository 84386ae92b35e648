import type { DeviceType, Misfit, TypeSensor } from '../device-type.ts';
import type { ConditionOf } from './condition.ts';
import { type AlertRuleDefinition, sensorsOf } from './rule.ts';

/** Why a rule could never raise, or never clear, an alert of devices of a type; undefined when it can do both. */
export function misfitOfRule(
  { condition }: Pick<AlertRuleDefinition, 'condition'>,
  { name, sensors }: Pick<DeviceType, 'name' | 'sensors'>,
): Misfit | undefined {
  for (const wanted of sensorsOf(condition) ?? []) {
    const sensor = sensors.find((each) => each.name === wanted);
    if (sensor === undefined)
      return {
        code: 'SENSOR_UNKNOWN',
        message: `type ${name} has no sensor ${wanted}: the rule would never fire`,
      };
    const message = condition.kind === 'threshold' ? dead(condition, sensor) : undefined;
    if (message !== undefined) return { code: 'VALUE_INVALID', message };
  }
  return undefined;
}

function dead(
  { direction, raiseAt, clearAt }: ConditionOf<'threshold'>,
  sensor: TypeSensor,
): string | undefined {
  const [least, most] = [sensor.minimum ?? -Infinity, sensor.maximum ?? Infinity];
  const range = `${sensor.name} of this type goes from ${least} to ${most}`;
  if (direction === 'above' ? raiseAt >= most : raiseAt <= least)
    return `${range}: the rule would never fire`;
  if (direction === 'above' ? clearAt < least : clearAt > most) return `${range}: its alerts would never end`;
  return undefined;
}

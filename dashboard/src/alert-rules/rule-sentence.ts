/** A rule of alerts as people say it. */
import type { AlertRuleDefinition } from '../api/types.ts';
import { secondsText } from '../commands/issue-draft.ts';
import { sensorLabel, unitOf } from '../format/sensor.ts';

type Condition = AlertRuleDefinition['condition'];

function withUnit(value: number, sensor: string): string {
  return `${value} ${unitOf(sensor)}`.trimEnd();
}

/** "type pump in group hall-7 of tenant acme"; "any device". */
function devicesText({
  tenant,
  devices: { device, type, group },
}: Pick<AlertRuleDefinition, 'tenant' | 'devices'>): string {
  const which = [
    ...(device === undefined ? [] : [`device ${device}`]),
    ...(type === undefined ? [] : [`type ${type}`]),
    ...(group === undefined ? [] : [`group ${group}`]),
  ].join(' in ');
  return [which === '' ? 'any device' : which, ...(tenant === null ? [] : [`of tenant ${tenant}`])].join(' ');
}

function sensorText(sensor: string): string {
  const label = sensorLabel(sensor);
  // "Particulates" begins with a small letter within a sentence; "CO2" would not.
  return `${label.charAt(0).toLowerCase()}${label.slice(1)}`;
}

function thresholdText(
  { sensor, direction, raiseAt, clearAt }: Extract<Condition, { kind: 'threshold' }>,
  of: string,
): string {
  const until = clearAt === raiseAt ? '' : ` (until ${withUnit(clearAt, sensor)})`;
  return `${sensorText(sensor)} of ${of} is ${direction} ${withUnit(raiseAt, sensor)}${until}`;
}

function fenceText({ fence }: Extract<Condition, { kind: 'geofence' }>, of: string): string {
  if (fence.shape === 'polygon') return `${of} is outside an area of ${fence.corners.length} corners`;
  const { latitude, longitude, radiusMetres, marginMetres } = fence;
  const until = marginMetres === 0 ? '' : ` (until ${marginMetres} m inside)`;
  return `${of} is more than ${radiusMetres} m from ${latitude}, ${longitude}${until}`;
}

function conditionText(condition: Condition, of: string): string {
  switch (condition.kind) {
    case 'threshold':
      return thresholdText(condition, of);
    case 'rate': {
      const verb = condition.direction === 'rise' ? 'rises' : 'falls';
      const change = `${withUnit(condition.amount, condition.sensor)} within ${secondsText(condition.overSeconds)}`;
      return `${sensorText(condition.sensor)} of ${of} ${verb} by ${change}`;
    }
    case 'no-data':
      return `nothing comes from ${of} for ${secondsText(condition.forSeconds)}`;
    case 'geofence':
      return fenceText(condition, of);
    case 'anomaly':
      return `${sensorText(condition.sensor)} of ${of} is unusual (score of ${condition.threshold} or more)`;
  }
}

function insistenceText(insistence: AlertRuleDefinition['insistence']): string {
  if (insistence.kind === 'duration') return ` for ${secondsText(insistence.seconds)}`;
  if (insistence.kind === 'at-once') return '';
  return `, ${insistence.times} times within ${secondsText(insistence.withinSeconds)}`;
}

/** "When temperature of type pump is above 80 °C for 5 min: major". */
export function ruleSentence(rule: AlertRuleDefinition): string {
  const { condition, insistence, severity, escalation } = rule;
  const later =
    escalation === null
      ? ''
      : `, ${escalation.to} when nobody acknowledges it for ${secondsText(escalation.afterSeconds)}`;
  return `When ${conditionText(condition, devicesText(rule))}${insistenceText(insistence)}: ${severity}${later}`;
}

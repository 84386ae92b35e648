import type { AlertRuleDefinition } from '../../../chaincode/protocol/alerts/rule.ts';
import type { Sensor } from '../../../chaincode/protocol/sensors.ts';
import { BENCH_TENANT } from '../fleet.ts';

type Looks = Pick<AlertRuleDefinition, 'condition' | 'insistence'>;

const AT_ONCE = { kind: 'at-once' } as const;

/** Of every kind but geofences, for which the load has no places. Thresholds are met by none of the load's readings. */
const LOOKS: readonly Looks[] = [
  { condition: above('temperature', 60), insistence: AT_ONCE },
  { condition: above('humidity', 95), insistence: { kind: 'duration', seconds: 30 } },
  { condition: above('pressure', 1_100), insistence: { kind: 'repeat', times: 5, withinSeconds: 60 } },
  { condition: below('temperature', -10), insistence: AT_ONCE },
  { condition: below('humidity', 5), insistence: { kind: 'duration', seconds: 30 } },
  { condition: below('pressure', 900), insistence: AT_ONCE },
  {
    condition: { kind: 'rate', sensor: 'temperature', direction: 'rise', amount: 40, overSeconds: 60 },
    insistence: AT_ONCE,
  },
  { condition: { kind: 'no-data', forSeconds: 600 }, insistence: AT_ONCE },
  { condition: { kind: 'anomaly', sensor: 'temperature', threshold: 0.5 }, insistence: AT_ONCE },
  { condition: { kind: 'anomaly', sensor: 'pressure', threshold: 0.5 }, insistence: AT_ONCE },
];

/** Ten rules, each about every device of the load. */
export const TEN_RULES: readonly AlertRuleDefinition[] = LOOKS.map((looks, index) => ({
  id: `measured-${index + 1}`,
  description: 'for a measurement',
  severity: 'warning',
  enabled: true,
  tenant: BENCH_TENANT,
  devices: {},
  ...looks,
  escalation: null,
}));

function above(sensor: Sensor, raiseAt: number): Looks['condition'] {
  return { kind: 'threshold', sensor, direction: 'above', raiseAt, clearAt: raiseAt - 5 };
}

function below(sensor: Sensor, raiseAt: number): Looks['condition'] {
  return { kind: 'threshold', sensor, direction: 'below', raiseAt, clearAt: raiseAt + 2 };
}

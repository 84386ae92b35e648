import type { Observation } from '../alerts/evaluation.ts';
import { type AlertRuleDefinition, alertRuleDefinitionSchema } from '../alerts/rule.ts';

/** Hot above 80 °C, and over again at 70 °C. */
export const HOT = {
  id: 'hot',
  description: 'The press is hot',
  severity: 'major',
  enabled: true,
  tenant: null,
  devices: {},
  condition: { kind: 'threshold', sensor: 'temperature', direction: 'above', raiseAt: 80, clearAt: 70 },
  insistence: { kind: 'at-once' },
  escalation: null,
} as const;

/** A rule as somebody could put it. */
export function alertRule(
  changes: Partial<Record<keyof AlertRuleDefinition, unknown>> = {},
): AlertRuleDefinition {
  return alertRuleDefinitionSchema.parse({ ...HOT, ...changes });
}

export function observation(ts: number, values: Readonly<Record<string, number>>): Observation {
  return { ts, value: (sensor) => values[sensor] };
}

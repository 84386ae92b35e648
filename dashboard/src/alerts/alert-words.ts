/** What an alert says, in words. */
import { z } from 'zod/mini';

import type { Alert, AlertEvent, AlertRuleDefinition, Severity } from '../api/types.ts';
import { formatValue } from '../format/number.ts';
import { sensorLabel, unitOf } from '../format/sensor.ts';
import { formatInstant } from '../time/format-time.ts';

/** Active or cleared, acknowledged or not: all four there are. */
export const ALERT_STATES = [
  { value: 'new', label: 'active', active: 'true', acknowledged: 'false' },
  { value: 'seen', label: 'active, acknowledged', active: 'true', acknowledged: 'true' },
  { value: 'missed', label: 'cleared, not acknowledged', active: 'false', acknowledged: 'false' },
  { value: 'done', label: 'cleared, acknowledged', active: 'false', acknowledged: 'true' },
] as const;
type AlertStateName = (typeof ALERT_STATES)[number]['value'];

export function stateOf({ active, acknowledged }: Pick<Alert, 'active' | 'acknowledged'>): AlertStateName {
  if (active) return acknowledged ? 'seen' : 'new';
  return acknowledged ? 'done' : 'missed';
}

const KINDS: Readonly<Record<string, string>> = {
  threshold: 'A threshold was passed',
  rate: 'A value changed fast',
  'no-data': 'Nothing was heard',
  geofence: 'Outside its area',
  anomaly: 'An anomaly',
};

/** What its rule says of it; what the platform noticed by itself has a name alone. */
export function titleOf({ details, type }: Pick<Alert, 'details' | 'type'>): string {
  const { description } = details;
  return typeof description === 'string' && description !== '' ? description : (KINDS[type] ?? type);
}

interface Fact {
  readonly name: string;
  readonly text: string;
}

const anomalySchema = z.object({
  score: z.number(),
  reason: z.nullable(z.string()),
  measured: z.string(),
  came: z.number(),
  expected: z.number(),
  low: z.number(),
  high: z.number(),
});

const MEASURED: Readonly<Record<string, string>> = {
  value: 'The reading',
  mean: 'The mean of the last readings',
  spread: 'How far readings are apart',
};

/** What a detector of anomalies expected, and what came instead. */
function anomalyFacts(details: Alert['details'], unit: string): Fact[] {
  const parsed = anomalySchema.safeParse(details);
  if (!parsed.success) return [];
  const { score, reason, measured, came, expected, low, high } = parsed.data;
  const [from, to, usual] = [low, high, expected].map((value) => `${formatValue(value)}${unit}`);
  return [
    { name: 'Kind', text: reason ?? 'unusual' },
    { name: 'Judged by', text: MEASURED[measured] ?? measured },
    { name: 'Expected', text: `${usual ?? ''}, between ${from ?? ''} and ${to ?? ''}` },
    { name: 'Came', text: `${formatValue(came)}${unit}` },
    { name: 'Score', text: `${score.toFixed(2)} of 1` },
  ];
}

/** What is measured by a rule's condition: " °C"; empty where it is not known. */
function unitAfter(condition: AlertRuleDefinition['condition'] | undefined): string {
  if (condition === undefined || condition.kind === 'no-data') return '';
  const unit = condition.kind === 'geofence' ? 'm' : unitOf(condition.sensor);
  return unit === '' ? '' : ` ${unit}`;
}

/** What the platform says of what it noticed by itself. */
function ownFacts(details: Alert['details']): Fact[] {
  return Object.entries(details).map(([name, value]) => ({
    name,
    text: typeof value === 'string' ? value : JSON.stringify(value),
  }));
}

/** @param condition of the version of the rule that raised it, where that may be read */
export function factsOf(alert: Alert, condition?: AlertRuleDefinition['condition']): Fact[] {
  if (alert.rule === null) return ownFacts(alert.details);
  const unit = unitAfter(condition);
  const came = (value: number | null): string =>
    value === null ? 'nothing' : `${formatValue(value)}${unit}`;
  return [
    ...(condition !== undefined && 'sensor' in condition
      ? [{ name: 'Sensor', text: sensorLabel(condition.sensor) }]
      : []),
    ...(alert.type === 'anomaly'
      ? anomalyFacts(alert.details, unit)
      : [{ name: 'Came', text: came(alert.value) }]),
    ...(alert.times > 1
      ? [
          { name: 'Last', text: `${came(alert.lastValue)}, ${formatInstant(alert.lastAt)}` },
          { name: 'Met', text: `${alert.times} times while it was active` },
        ]
      : []),
  ];
}

const TEXT = z.catch(z.string(), '');
const NUMBER = z.catch(z.nullable(z.number()), null);

/** ": 60.00 came"; nothing where a person did. */
function whyCleared({ reason, value }: AlertEvent['details']): string {
  const came = NUMBER.parse(value);
  const why = TEXT.parse(reason);
  if (why !== '') return `: ${why}`;
  return came === null ? '' : `: ${formatValue(came)} came`;
}

/** What was done to it: "assigned it to operator@operator". */
export function stepText({ step, details }: Pick<AlertEvent, 'step' | 'details'>): string {
  switch (step) {
    case 'raise':
      return 'raised it';
    case 'escalate':
      return `made it ${TEXT.parse(details['to'])}, as nobody had acknowledged it`;
    case 'acknowledge':
      return 'acknowledged it';
    case 'clear':
      return `cleared it${whyCleared(details)}`;
    case 'assign': {
      const assignee = TEXT.parse(details['assignee']);
      return assignee === '' ? 'assigned it to nobody' : `assigned it to ${assignee}`;
    }
    case 'comment':
      return 'wrote';
    case 'snooze': {
      const until = NUMBER.parse(details['until']);
      return until === null ? 'snoozed it' : `snoozed it until ${formatInstant(until)}`;
    }
  }
}

/** What somebody wrote with a step. */
export function commentOf({ details }: Pick<AlertEvent, 'details'>): string {
  return TEXT.parse(details['comment']);
}

/** How bad it is, for a hover. */
export const SEVERITY_HINTS: Readonly<Record<Severity, string>> = {
  critical: 'Somebody has to act now',
  major: 'It is broken, or soon will be',
  minor: 'It works, and not as it should',
  warning: 'It may become worse',
  indeterminate: 'A person has to judge how bad it is',
};

/** The form of a rule: texts as its fields hold them, and the rule that they make. */
import type { z } from 'zod';

import { alertRuleDefinitionSchema } from '../../../chaincode/protocol/alerts/rule.ts';
import type { AlertRuleDefinition, Severity } from '../api/types.ts';
import { secondsText } from '../commands/issue-draft.ts';
import { sentence } from '../format/sentence.ts';

type Condition = AlertRuleDefinition['condition'];
type Insistence = AlertRuleDefinition['insistence'];

/** Numbers and durations are texts; what belongs to another kind of condition is kept, and says nothing. */
export interface RuleDraft {
  id: string;
  description: string;
  severity: Severity;
  enabled: boolean;
  /** Empty for all; so are the three after it. */
  tenant: string;
  type: string;
  group: string;
  device: string;
  kind: Condition['kind'];
  sensor: string;
  direction: 'above' | 'below';
  raiseAt: string;
  clearAt: string;
  change: 'rise' | 'fall';
  amount: string;
  over: string;
  silence: string;
  shape: 'circle' | 'polygon';
  latitude: string;
  longitude: string;
  radius: string;
  margin: string;
  /** A corner in each line: "52.5, 13.4". */
  corners: string;
  surprise: string;
  insistence: Insistence['kind'];
  duration: string;
  times: string;
  within: string;
  escalates: boolean;
  escalateAfter: string;
  escalateTo: Severity;
}

export function emptyRule(): RuleDraft {
  return {
    ...{ id: '', description: '', severity: 'major', enabled: true },
    ...{ tenant: '', type: '', group: '', device: '' },
    ...{ kind: 'threshold', sensor: '', direction: 'above', raiseAt: '', clearAt: '' },
    ...{ change: 'rise', amount: '', over: '10 min', silence: '10 min' },
    ...{
      shape: 'circle',
      latitude: '',
      longitude: '',
      radius: '',
      margin: '0',
      corners: '',
      surprise: '0.5',
    },
    ...{ insistence: 'at-once', duration: '5 min', times: '3', within: '1 h' },
    ...{ escalates: false, escalateAfter: '30 min', escalateTo: 'critical' },
  };
}

const UNITS: Readonly<Record<string, number>> = { s: 1, min: 60, h: 3_600, d: 86_400 };

/** "5 min" -> 300; without a unit it is seconds. NaN for what is none. */
function secondsOf(text: string): number {
  const [, count = '', unit = 's'] = /^([\d.]+)\s*(s|min|h|d)?$/.exec(text.trim()) ?? [];
  return count === '' ? NaN : Number(count) * (UNITS[unit] ?? NaN);
}

/** NaN for what is none, for the schema to refuse. */
function numberOf(text: string): number {
  return text.trim() === '' ? NaN : Number(text);
}

function cornersOf(text: string): number[][] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) =>
    line
      .split(/[,;\s]+/)
      .filter((part) => part !== '')
      .map(Number),
  );
}

function conditionOf(draft: RuleDraft): object {
  const { kind, sensor, direction } = draft;
  switch (kind) {
    case 'threshold': {
      const raiseAt = numberOf(draft.raiseAt);
      const clearAt = draft.clearAt.trim() === '' ? raiseAt : numberOf(draft.clearAt);
      return { kind, sensor, direction, raiseAt, clearAt };
    }
    case 'rate':
      return {
        ...{ kind, sensor, direction: draft.change },
        ...{ amount: numberOf(draft.amount), overSeconds: secondsOf(draft.over) },
      };
    case 'no-data':
      return { kind, forSeconds: secondsOf(draft.silence) };
    case 'geofence':
      return { kind, fence: fenceOf(draft) };
    case 'anomaly':
      return { kind, sensor, threshold: numberOf(draft.surprise) };
  }
}

function fenceOf({ shape, corners, ...circle }: RuleDraft): object {
  if (shape === 'polygon') return { shape, corners: cornersOf(corners) };
  return {
    ...{ shape, latitude: numberOf(circle.latitude), longitude: numberOf(circle.longitude) },
    ...{ radiusMetres: numberOf(circle.radius), marginMetres: numberOf(circle.margin) },
  };
}

/** Whether a condition can be asked to last, or to come again. */
export function insists({ kind }: Pick<RuleDraft, 'kind'>): boolean {
  return kind !== 'no-data' && kind !== 'anomaly';
}

function insistenceOf(draft: RuleDraft): object {
  const kind = insists(draft) ? draft.insistence : 'at-once';
  if (kind === 'at-once') return { kind };
  if (kind === 'duration') return { kind, seconds: secondsOf(draft.duration) };
  return { kind, times: numberOf(draft.times), withinSeconds: secondsOf(draft.within) };
}

/** What is said, by its name; what is not said is left out. */
function said(texts: Readonly<Record<string, string>>): Record<string, string> {
  const trimmed = Object.entries(texts).map(([name, text]) => [name, text.trim()] as const);
  return Object.fromEntries(trimmed.filter(([, text]) => text !== ''));
}

/** What the fields say, not checked yet. */
export function wishOf(draft: RuleDraft): object {
  const { severity, enabled, type, group, device } = draft;
  return {
    ...{ id: draft.id.trim(), description: draft.description.trim(), severity, enabled },
    tenant: draft.tenant.trim() === '' ? null : draft.tenant.trim(),
    devices: said({ type, group, device }),
    condition: conditionOf(draft),
    insistence: insistenceOf(draft),
    escalation: draft.escalates
      ? { afterSeconds: secondsOf(draft.escalateAfter), to: draft.escalateTo }
      : null,
  };
}

/** By where each stands in the rule: "condition.raiseAt". */
export type RuleErrors = Readonly<Partial<Record<string, string>>>;

/** A rule that anybody wrote, or what is wrong with it. */
export function ruleOf(wish: unknown): { rule: AlertRuleDefinition } | { errors: RuleErrors } {
  const parsed = alertRuleDefinitionSchema.safeParse(wish);
  return parsed.success ? { rule: parsed.data } : { errors: errorsOf(parsed.error.issues) };
}

/** Which field says what the gateway, which knows devices and types, has against a rule. */
export const FIELD_OF: Readonly<Record<string, string>> = {
  DEVICE_UNKNOWN: 'devices.device',
  TYPE_UNKNOWN: 'devices.type',
  SENSOR_UNKNOWN: 'condition.sensor',
  VALUE_INVALID: 'condition.raiseAt',
};

function errorsOf(issues: readonly z.core.$ZodIssue[]): RuleErrors {
  const errors: Partial<Record<string, string>> = {};
  for (const issue of issues) {
    const place = issue.path.filter((part) => typeof part === 'string').join('.');
    errors[place] ??= wordsOf(issue, place);
  }
  return errors;
}

/** The schema's own words, but where it does not know what a field is for. */
function wordsOf({ code, message, path }: z.core.$ZodIssue, place: string): string {
  if (place === 'condition.sensor') return 'Choose a sensor.';
  if (place.endsWith('corners') && path.length > 3) return 'Each line is a latitude and a longitude.';
  if (code !== 'invalid_type') return sentence(message);
  return place.endsWith('econds') ? 'A duration such as 30 s, 5 min or 2 h.' : 'A number is needed.';
}

function conditionDraft(condition: Condition): Partial<RuleDraft> {
  const { kind } = condition;
  switch (kind) {
    case 'threshold': {
      const { sensor, direction, raiseAt, clearAt } = condition;
      return { kind, sensor, direction, raiseAt: String(raiseAt), clearAt: String(clearAt) };
    }
    case 'rate': {
      const { sensor, direction: change, amount, overSeconds } = condition;
      return { kind, sensor, change, amount: String(amount), over: secondsText(overSeconds) };
    }
    case 'no-data':
      return { kind, silence: secondsText(condition.forSeconds) };
    case 'geofence':
      return { kind, ...fenceDraft(condition.fence) };
    case 'anomaly':
      return { kind, sensor: condition.sensor, surprise: String(condition.threshold) };
  }
}

function fenceDraft(fence: Extract<Condition, { kind: 'geofence' }>['fence']): Partial<RuleDraft> {
  if (fence.shape === 'polygon')
    return { shape: 'polygon', corners: fence.corners.map((corner) => corner.join(', ')).join('\n') };
  const { shape, latitude, longitude, radiusMetres, marginMetres } = fence;
  return {
    ...{ shape, latitude: String(latitude), longitude: String(longitude) },
    ...{ radius: String(radiusMetres), margin: String(marginMetres) },
  };
}

function insistenceDraft(insistence: Insistence): Partial<RuleDraft> {
  const { kind } = insistence;
  if (kind === 'at-once') return { insistence: kind };
  if (kind === 'duration') return { insistence: kind, duration: secondsText(insistence.seconds) };
  return { insistence: kind, times: String(insistence.times), within: secondsText(insistence.withinSeconds) };
}

/** The fields of a rule that is there. */
export function draftOfRule(rule: AlertRuleDefinition): RuleDraft {
  const { id, description, severity, enabled, devices, escalation } = rule;
  return {
    ...emptyRule(),
    ...{ id, description, severity, enabled, tenant: rule.tenant ?? '' },
    ...{ type: devices.type ?? '', group: devices.group ?? '', device: devices.device ?? '' },
    ...conditionDraft(rule.condition),
    ...insistenceDraft(rule.insistence),
    ...(escalation !== null && {
      ...{ escalates: true, escalateAfter: secondsText(escalation.afterSeconds) },
      escalateTo: escalation.to,
    }),
  };
}

/** Whether a rule raises or clears an alert, reading by reading: the same in ingest and over stored history. */
import { z } from 'zod';

import type { Condition, ConditionOf, Insistence } from './condition.ts';
import { metresOutside } from './geofence.ts';
import type { AlertRuleDefinition } from './rule.ts';

/** A message, as far as rules look at it. */
export interface Observation {
  /** Milliseconds since the Unix epoch, as the device says. Observations of one device come in this order. */
  readonly ts: number;
  readonly value: (sensor: string) => number | undefined;
}

/** How a reading stands to a condition: within the band between raising and clearing nothing changes. */
type Standing = 'met' | 'between' | 'over';

/** Parts of a rate's stretch; what lies in one part is remembered by its lowest (for a fall: highest) reading alone. */
const STRETCH_PARTS = 32;

/** What a rule remembers of one device. Bounded: at most 1,000 instants and 33 parts of a stretch. */
export const ruleStateSchema = z.strictObject({
  firing: z.boolean(),
  /** Since when the condition has held without a break. */
  heldSince: z.number().nullable(),
  /** When it was met, for repetitions. */
  metAt: z.array(z.number()),
  /** Begin, lowest and highest reading of each part of a rate's stretch that matters still. */
  stretch: z.array(z.tuple([z.number(), z.number(), z.number()])),
});
export type RuleState = z.infer<typeof ruleStateSchema>;

export function newRuleState(): RuleState {
  return { firing: false, heldSince: null, metAt: [], stretch: [] };
}

/** Whether forgetting the state changes nothing. */
export function isIdle({ firing, heldSince, metAt, stretch }: RuleState): boolean {
  return !firing && heldSince === null && metAt.length === 0 && stretch.length === 0;
}

export interface Change {
  /** `again`: met while the alert is active. */
  readonly kind: 'raised' | 'again' | 'cleared';
  /** Of the reading; metres outside of a fence, change over a stretch. Null for a silence. */
  readonly value: number | null;
  readonly at: number;
  /** Of an anomaly: what was expected, what came. */
  readonly explanation?: Explanation;
}

export type Explanation = Readonly<Record<string, string | number | null>>;

/** How surprising readings are; undefined while a detector does not know yet. */
export type Surprise = (
  condition: ConditionOf<'anomaly'>,
  observation: Observation,
) => Surprising | undefined;

export interface Surprising {
  readonly standing: Standing;
  /** Of what is met. */
  readonly explanation?: Explanation;
}

interface Measured {
  readonly standing: Standing;
  readonly value: number;
  readonly explanation?: Explanation;
}

/**
 * Takes a message into the state, which is changed in place.
 *
 * @param surprise for conditions of anomalies, which without it are never met
 */
export function observe(
  { condition, insistence }: AlertRuleDefinition,
  state: RuleState,
  observation: Observation,
  surprise?: Surprise,
): Change | undefined {
  const measured = measure(condition, state, observation, surprise);
  if (measured === undefined) return undefined;
  const { standing, ...told } = measured;
  const at = observation.ts;
  if (state.firing) return whileFiring(state, standing, { value: told.value, at });
  if (!insists(insistence, state, standing, at)) return undefined;
  state.firing = true;
  return { kind: 'raised', ...told, at };
}

/** The state after a device was silent from one instant to another, which only conditions of silence look at. */
export function elapse(
  { condition }: Pick<AlertRuleDefinition, 'condition'>,
  state: RuleState,
  { heard, now }: { heard: number; now: number },
): Change | undefined {
  if (condition.kind !== 'no-data' || state.firing) return undefined;
  const at = heard + condition.forSeconds * 1000;
  if (now < at) return undefined;
  state.firing = true;
  return { kind: 'raised', value: null, at };
}

function whileFiring(
  state: RuleState,
  standing: Standing,
  { value, at }: Omit<Change, 'kind'>,
): Change | undefined {
  if (standing === 'met') return { kind: 'again', value, at };
  if (standing === 'between') return undefined;
  Object.assign(state, { ...newRuleState(), stretch: state.stretch });
  return { kind: 'cleared', value, at };
}

/** Whether it was met for long, or often, enough. A reading between the thresholds neither counts nor breaks a duration. */
function insists(insistence: Insistence, state: RuleState, standing: Standing, at: number): boolean {
  if (insistence.kind === 'repeat') forgetBefore(state, at - insistence.withinSeconds * 1000);
  if (standing === 'over') {
    state.heldSince = null;
    return false;
  }
  if (insistence.kind === 'at-once') return standing === 'met';
  if (insistence.kind === 'repeat') return standing === 'met' && isRepeated(insistence.times, state, at);
  if (standing === 'met') state.heldSince ??= at;
  return state.heldSince !== null && at - state.heldSince >= insistence.seconds * 1000;
}

function forgetBefore(state: RuleState, instant: number): void {
  if ((state.metAt[0] ?? Infinity) <= instant) state.metAt = state.metAt.filter((met) => met > instant);
}

function isRepeated(times: number, state: RuleState, at: number): boolean {
  // A burst of readings is one: whoever sends faster does not raise more.
  if (at - (state.metAt.at(-1) ?? -Infinity) < 1000) return false;
  state.metAt.push(at);
  return state.metAt.length >= times;
}

function measure(
  condition: Condition,
  state: RuleState,
  observation: Observation,
  surprise: Surprise | undefined,
): Measured | undefined {
  // Whatever comes ends a silence.
  if (condition.kind === 'no-data') return { standing: 'over', value: 0 };
  if (condition.kind === 'geofence') return measureFence(condition, observation);
  const value = observation.value(condition.sensor);
  if (value === undefined) return undefined;
  if (condition.kind === 'threshold') return { standing: standingOf(condition, value), value };
  if (condition.kind === 'rate') return measureRate(condition, state, { ts: observation.ts, value });
  const surprising = surprise?.(condition, observation);
  return surprising && { ...surprising, value };
}

function standingOf({ direction, raiseAt, clearAt }: ConditionOf<'threshold'>, value: number): Standing {
  const sign = direction === 'above' ? 1 : -1;
  if (sign * value > sign * raiseAt) return 'met';
  return sign * value > sign * clearAt ? 'between' : 'over';
}

function measureFence(condition: ConditionOf<'geofence'>, { value }: Observation): Measured | undefined {
  const [latitude, longitude] = [value('latitude'), value('longitude')];
  if (latitude === undefined || longitude === undefined) return undefined;
  const outside = metresOutside(condition, [latitude, longitude]);
  const margin = condition.fence.shape === 'circle' ? condition.fence.marginMetres : 0;
  if (outside > 0) return { standing: 'met', value: outside };
  return { standing: outside > -margin ? 'between' : 'over', value: outside };
}

/** Compares with the lowest (for a fall: the highest) reading of the stretch. */
function measureRate(
  { direction, amount, overSeconds }: ConditionOf<'rate'>,
  { stretch }: RuleState,
  { ts, value }: { ts: number; value: number },
): Measured {
  const length = overSeconds * 1000;
  forgetParts(stretch, ts - length);
  let [lowest, highest] = [value, value];
  for (const [, low, high] of stretch) {
    lowest = Math.min(lowest, low);
    highest = Math.max(highest, high);
  }
  const rises = direction === 'rise';
  remember(stretch, { ts, value }, { rises, part: length / STRETCH_PARTS });
  const change = rises ? value - lowest : highest - value;
  return { standing: change >= amount ? 'met' : 'over', value: rises ? change : -change };
}

function forgetParts(stretch: RuleState['stretch'], instant: number): void {
  const kept = stretch.findIndex(([begin]) => begin > instant);
  if (kept !== 0) stretch.splice(0, kept === -1 ? stretch.length : kept);
}

/** Parts before a reading that is as low (for a fall: as high) matter no more: it outlasts them. */
function remember(
  stretch: RuleState['stretch'],
  { ts, value }: { ts: number; value: number },
  { rises, part }: { rises: boolean; part: number },
): void {
  const outlasted = ([, low, high]: readonly [number, number, number]): boolean =>
    rises ? low >= value : high <= value;
  let last = stretch.at(-1);
  while (last !== undefined && outlasted(last)) {
    stretch.pop();
    last = stretch.at(-1);
  }
  if (last === undefined || ts - last[0] >= part) stretch.push([ts, value, value]);
}

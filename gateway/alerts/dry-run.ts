/** What a rule would have raised, had it been there: the evaluation of ingest over what is stored, in constant memory. */
import { createDetector } from '../../chaincode/protocol/anomaly/detector.ts';
import { surprising } from '../../chaincode/protocol/anomaly/surprise.ts';
import {
  elapse,
  newRuleState,
  type Observation,
  observe,
  type Change,
  type Surprise,
} from '../../chaincode/protocol/alerts/evaluation.ts';
import { type AlertRuleDefinition, sensorsOf } from '../../chaincode/protocol/alerts/rule.ts';
import type { Tenants } from '../../chaincode/protocol/tenants.ts';
import type { PastReading } from '../../sql/queries/history.ts';
import type { AlertStore } from './alert-store.ts';

export interface Trial {
  readonly rule: AlertRuleDefinition;
  /** The devices that the rule concerns and the asker may read. */
  readonly devices: readonly string[];
  readonly tenants: Tenants;
  readonly from: number;
  readonly to: number;
}

interface Firing {
  readonly device: string;
  readonly raisedAt: number;
  clearedAt: number | null;
  readonly value: number | null;
}

export interface TrialResult {
  /** Alerts that it would have raised. */
  fired: number;
  /** The first of them. */
  readonly firings: Firing[];
  readonly devices: number;
  /** Readings that were looked at. */
  readings: number;
  /** False when there was more to look at than one trial does. */
  complete: boolean;
}

/** Of one trial, so that nobody keeps the database for long. */
const MOST_READINGS = 500_000;
const MOST_FIRINGS = 1_000;
const PAGE = 5_000;

class Trying {
  readonly #store: Pick<AlertStore, 'history'>;
  readonly #trial: Trial;
  readonly result: TrialResult;

  constructor(store: Pick<AlertStore, 'history'>, trial: Trial) {
    this.#store = store;
    this.#trial = trial;
    this.result = { fired: 0, firings: [], devices: trial.devices.length, readings: 0, complete: true };
  }

  async device(device: string): Promise<void> {
    const { rule, from, to } = this.#trial;
    const state = newRuleState();
    const surprise = surpriseOf(rule);
    let open: Firing | undefined;
    let heard = from;
    const note = (change: Change | undefined): void => {
      if (change?.kind === 'raised') open = this.#raised(device, change);
      else if (change?.kind === 'cleared' && open !== undefined) open.clearedAt = change.at;
    };
    for await (const observation of this.#messages(device)) {
      note(elapse(rule, state, { heard, now: observation.ts }));
      note(observe(rule, state, observation, surprise));
      heard = observation.ts;
    }
    // What was not looked at is not silence.
    if (this.result.complete) note(elapse(rule, state, { heard, now: to }));
  }

  #raised(device: string, { at, value }: Change): Firing {
    const firing: Firing = { device, raisedAt: at, clearedAt: null, value };
    this.result.fired += 1;
    if (this.result.firings.length < MOST_FIRINGS) this.result.firings.push(firing);
    return firing;
  }

  /** A message's readings stand together: their ids differ in the last 6 bits alone. */
  async *#messages(device: string): AsyncGenerator<Observation> {
    let place: bigint | undefined;
    let ts = 0;
    let values = new Map<string, number>();
    const message = (): Observation => {
      const found = values;
      return { ts, value: (sensor) => found.get(sensor) };
    };
    for await (const reading of this.#readings(device)) {
      if (place !== undefined && place !== reading.id >> 6n) {
        yield message();
        values = new Map();
      }
      place = reading.id >> 6n;
      ts = reading.ts;
      values.set(reading.sensor, reading.value);
    }
    if (place !== undefined) yield message();
  }

  async *#readings(device: string): AsyncGenerator<PastReading> {
    const { rule, tenants, from, to } = this.#trial;
    const query = { device, tenants, sensors: sensorsOf(rule.condition), from, to, limit: PAGE };
    let after: PastReading | undefined;
    do {
      const left = MOST_READINGS - this.result.readings;
      if (left <= 0) {
        this.result.complete = false;
        return;
      }
      const page = await this.#store.history({ ...query, after });
      this.result.readings += page.length;
      yield* page;
      after = page.length === PAGE ? page.at(-1) : undefined;
    } while (after !== undefined);
  }
}

/** A detector that knows of a device what the trial reads, and nothing before. */
function surpriseOf({ condition }: AlertRuleDefinition): Surprise | undefined {
  if (condition.kind !== 'anomaly') return undefined;
  const detector = createDetector({ threshold: condition.threshold });
  return (asked, observation) => surprising(detector, asked, observation);
}

/** @throws BiotError DATABASE_UNAVAILABLE */
export async function tryRule(store: Pick<AlertStore, 'history'>, trial: Trial): Promise<TrialResult> {
  const trying = new Trying(store, trial);
  for (const device of trial.devices) if (trying.result.complete) await trying.device(device);
  return trying.result;
}

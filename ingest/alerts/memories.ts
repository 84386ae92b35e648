import {
  type Change,
  type Explanation,
  isIdle,
  newRuleState,
  type RuleState,
} from '../../chaincode/protocol/alerts/evaluation.ts';
import type { AlertRule } from '../../chaincode/protocol/alerts/rule.ts';
import type { StoredRuleState } from '../../sql/writers/alert-states.ts';

/** What a rule remembers of a device. */
export interface Memory {
  readonly rule: string;
  readonly device: string;
  /** The version that remembers. */
  version: number;
  readonly state: RuleState;
  /** The alert that is active, once it is stored. */
  alert: bigint | null;
  /** Whether the database has a row of it. */
  stored: boolean;
  /** How its rule was met since that was last written. */
  again: Again | undefined;
}

interface Again {
  readonly rule: AlertRule;
  readonly tenant: string;
  readonly times: number;
  readonly value: number | null;
  readonly at: number;
}

/** What has to be written, in the order in which it happened; `again` happened before it. */
export type Act =
  | {
      readonly kind: 'raised';
      readonly memory: Memory;
      readonly rule: AlertRule;
      readonly tenant: string;
      readonly value: number | null;
      readonly at: number;
      readonly explanation?: Explanation;
    }
  | {
      readonly kind: 'cleared';
      readonly memory: Memory;
      readonly again: Again | undefined;
      readonly details: Readonly<Record<string, unknown>>;
    };

/** Everything that waits to be written at one moment. */
export interface Waiting {
  readonly acts: readonly Act[];
  /** Alerts that are to be counted on. */
  readonly counted: readonly (readonly [Memory, Again])[];
  readonly changed: readonly Memory[];
}

/** Alerts that are counted on in one transaction; the others wait for the next. */
const COUNTED_AT_ONCE = 500;

/** What all rules remember, apart from what would be the same forgotten, and what of it is not written yet. */
export class Memories {
  /** By device, then by rule: a key of both would have to be made, and hashed, for each rule and message. */
  readonly #memories = new Map<string, Map<string, Memory>>();
  #acts: Act[] = [];
  readonly #counted = new Set<Memory>();
  readonly #changed = new Set<Memory>();

  /** As they were written before a restart. */
  restore(rows: readonly StoredRuleState[]): void {
    for (const row of rows) this.#remember({ ...row, stored: true, again: undefined });
  }

  *all(): Generator<Memory> {
    for (const memories of this.#memories.values()) yield* memories.values();
  }

  of({ definition: { id }, version }: AlertRule, device: string): Memory {
    return (
      this.#memories.get(device)?.get(id) ?? {
        rule: id,
        device,
        version,
        state: newRuleState(),
        alert: null,
        stored: false,
        again: undefined,
      }
    );
  }

  /** The rule has looked at the device, and changed what it remembers. */
  looked(memory: Memory, by: { rule: AlertRule; tenant: string }, change: Change | undefined): void {
    const idle = isIdle(memory.state);
    if (idle) this.#forget(memory);
    else this.#remember(memory);
    if (memory.stored || !idle) this.#changed.add(memory);
    if (change === undefined) return;
    const { kind, value, at } = change;
    if (kind === 'raised') this.#acts.push({ memory, ...by, ...change, kind });
    else if (kind === 'cleared') this.#clear(memory, { value, at });
    else this.#again(memory, { ...by, value, at });
  }

  /** The rule looks at the device no more. */
  end(memory: Memory, reason: string): void {
    if (memory.state.firing) this.#clear(memory, { reason });
    Object.assign(memory.state, newRuleState());
    this.#forget(memory);
    this.#changed.add(memory);
  }

  /** The rule has another version: what it asked before is forgotten, but for an alert that is active. */
  renew(memory: Memory, version: number): void {
    const { firing } = memory.state;
    memory.version = version;
    Object.assign(memory.state, { ...newRuleState(), firing });
    this.#changed.add(memory);
  }

  /** Whether an alert waits to be raised or cleared. */
  get hasActs(): boolean {
    return this.#acts.length > 0;
  }

  get hasWork(): boolean {
    return this.#acts.length + this.#counted.size + this.#changed.size > 0;
  }

  /** Takes what is to be written now. */
  take(): Waiting {
    const acts = this.#acts;
    this.#acts = [];
    const counted = [...this.#counted].slice(0, COUNTED_AT_ONCE).flatMap((memory) => {
      const { again } = memory;
      this.#counted.delete(memory);
      memory.again = undefined;
      return again === undefined ? [] : [[memory, again] as const];
    });
    const changed = [...this.#changed];
    this.#changed.clear();
    return { acts, counted, changed };
  }

  /** It could not be written, and is to be taken again. */
  giveBack({ acts, counted, changed }: Waiting): void {
    this.#acts = [...acts, ...this.#acts];
    for (const [memory, again] of counted) {
      const { times = 0, ...later } = memory.again ?? {};
      memory.again = { ...again, ...later, times: again.times + times };
      this.#counted.add(memory);
    }
    for (const memory of changed) this.#changed.add(memory);
  }

  #remember(memory: Memory): void {
    const memories = this.#memories.get(memory.device);
    if (memories === undefined) this.#memories.set(memory.device, new Map([[memory.rule, memory]]));
    else memories.set(memory.rule, memory);
  }

  #forget({ rule, device }: Memory): void {
    const memories = this.#memories.get(device);
    memories?.delete(rule);
    if (memories?.size === 0) this.#memories.delete(device);
  }

  #clear(memory: Memory, details: Readonly<Record<string, unknown>>): void {
    this.#acts.push({ kind: 'cleared', memory, again: memory.again, details });
    this.#counted.delete(memory);
    memory.again = undefined;
  }

  #again(memory: Memory, again: Omit<Again, 'times'>): void {
    memory.again = { ...again, times: (memory.again?.times ?? 0) + 1 };
    this.#counted.add(memory);
  }
}

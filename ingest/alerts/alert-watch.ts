import { setImmediate as nextTurn } from 'node:timers/promises';

import { elapse, type Observation, observe } from '../../chaincode/protocol/alerts/evaluation.ts';
import type { AlertRule } from '../../chaincode/protocol/alerts/rule.ts';
import type { Device } from '../../chaincode/protocol/device.ts';
import type { RawMessage } from '../../chaincode/protocol/message.ts';
import type { RegistryMirror } from '../../network/mirror/registry-mirror.ts';
import type { DueAlert } from '../../sql/queries/alerts.ts';
import type { StoredBatch } from '../../sql/queries/log-messages.ts';
import type { StoredRuleState } from '../../sql/writers/alert-states.ts';
import type { AlertDesk } from './alert-desk.ts';
import type { Detectors } from './detectors.ts';
import { Memories } from './memories.ts';
import { RuleBook } from './rule-book.ts';

/** What the database knows. */
export interface AlertStore {
  /** Grows with each change of a rule. */
  lastChange(): Promise<number>;
  rules(): Promise<AlertRule[]>;
  states(): Promise<StoredRuleState[]>;
  /** When each device was last heard of. */
  lastSeen(): Promise<ReadonlyMap<string, number>>;
  /** The first batch that rules have not looked at. */
  progress(): Promise<number>;
  /** The first batch from this number on. */
  nextBatch(from: number): Promise<StoredBatch | undefined>;
  toEscalate(now: number): Promise<DueAlert[]>;
}

export interface AlertWatchParts {
  readonly store: AlertStore;
  readonly desk: Pick<AlertDesk, 'flush' | 'escalate'>;
  readonly detectors: Pick<Detectors, 'of' | 'keep'>;
  readonly mirror: Pick<RegistryMirror, 'device' | 'devices'>;
  /** Whether devices can be heard. */
  readonly connected: () => boolean;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
}

/** Messages that wait in memory; what is more is read from the database later. */
const MOST_WAITING = 32_768;
/** How often rules and silences are looked at, and written what rules remember; alerts are written at once. */
const LOOK_EVERY_MS = 1_000;

/**
 * Looks at what was stored, by the rules of alerts, apart from the way of the messages: that hands over what it has
 * committed and goes on. Batches are looked at in the order of their numbers, each once; what is missing, because it was
 * stored before a restart or because too much was waiting, is read again from the database.
 */
export class AlertWatch {
  readonly #parts: AlertWatchParts;
  readonly #memories = new Memories();
  #waiting: StoredBatch[] = [];
  #waitingMessages = 0;
  #book = new RuleBook();
  #change: number | undefined;
  /** The number of the next batch. */
  #next = 0;
  #begun = false;
  #written: number | undefined;
  /** The newest instant that a device has told, and when it was heard. */
  readonly #heard = new Map<string, { ts: number; at: number }>();
  /** Since when devices could be heard. */
  #listening: number | undefined;
  #looked = -Infinity;

  constructor(parts: AlertWatchParts) {
    this.#parts = parts;
  }

  /** A batch was committed. Returns at once and never throws. */
  stored(sequence: number, messages: readonly RawMessage[]): void {
    if (this.#waitingMessages > MOST_WAITING) return;
    this.#waiting.push({ sequence, messages });
    this.#waitingMessages += messages.length;
  }

  /**
   * Does what there is to do; for one caller at a time, again and again.
   *
   * @throws BiotError DATABASE_UNAVAILABLE or INTERNAL: what was not done is done the next time
   */
  async work(): Promise<void> {
    if (!this.#begun) await this.#begin();
    const now = this.#parts.now();
    const isTime = now - this.#looked >= LOOK_EVERY_MS || now < this.#looked;
    if (isTime) await this.#followRules();
    await this.#lookAtWaiting();
    if (isTime) {
      this.#looked = now;
      this.#lookForSilence(now);
      for (const due of await this.#parts.store.toEscalate(now)) await this.#parts.desk.escalate(due);
    }
    if (isTime || this.#memories.hasActs) await this.#write();
  }

  async #write(): Promise<void> {
    if (!this.#memories.hasWork && this.#next === this.#written) return;
    await this.#parts.desk.flush(this.#memories, this.#next);
    this.#written = this.#next;
  }

  async #begin(): Promise<void> {
    const { store, now } = this.#parts;
    const [states, seen, progress] = await Promise.all([store.states(), store.lastSeen(), store.progress()]);
    for (const [device, at] of seen) this.#heard.set(device, { ts: -Infinity, at: Math.min(at, now()) });
    this.#memories.restore(states);
    this.#next = progress;
    this.#begun = true;
    await this.#followRules();
    await this.#readUpTo(Infinity);
  }

  async #followRules(): Promise<void> {
    const change = await this.#parts.store.lastChange();
    if (change === this.#change) return;
    const rules = await this.#parts.store.rules();
    const book = new RuleBook(rules);
    this.#parts.detectors.keep(rules);
    for (const memory of [...this.#memories.all()]) {
      const rule = book.rule(memory.rule);
      if (rule === undefined) this.#memories.end(memory, 'the rule was taken away');
      else if (memory.version !== rule.version) this.#memories.renew(memory, rule.version);
    }
    this.#book = book;
    this.#change = change;
  }

  async #lookAtWaiting(): Promise<void> {
    for (let batch = this.#waiting.shift(); batch !== undefined; batch = this.#waiting.shift()) {
      this.#waitingMessages -= batch.messages.length;
      if (batch.sequence > this.#next) await this.#readUpTo(batch.sequence);
      if (batch.sequence === this.#next) this.#look(batch);
      await nextTurn();
    }
  }

  /** Reads batches that were not handed over, up to but without number `end`. */
  async #readUpTo(end: number): Promise<void> {
    const { store } = this.#parts;
    for (;;) {
      const batch = await store.nextBatch(this.#next);
      if (batch === undefined || batch.sequence >= end) break;
      this.#look(batch);
    }
    if (end !== Infinity) this.#next = end;
  }

  #look({ sequence, messages }: StoredBatch): void {
    for (const message of messages) {
      const device = this.#parts.mirror.device(message.device);
      if (device?.tenant === message.tenant) this.#hear(device, message);
    }
    this.#next = sequence + 1;
  }

  /** Rules go with time: what a device sends of its past, after what is newer, is looked at by none. */
  #hear(device: Device, { ts, values }: RawMessage): void {
    const heard = this.#heard.get(device.id);
    if (heard !== undefined && ts < heard.ts) heard.at = this.#parts.now();
    else {
      this.#heard.set(device.id, { ts, at: this.#parts.now() });
      const observation: Observation = {
        ts,
        value: (sensor) => values.find((each) => each.sensor === sensor)?.value,
      };
      for (const { sensor } of values)
        for (const rule of this.#book.lookingAt(device, sensor)) this.#observe(rule, device, observation);
    }
    for (const rule of this.#book.ofSilence(device))
      this.#observe(rule, device, { ts: this.#parts.now(), value: () => undefined });
  }

  #observe(rule: AlertRule, { id, tenant }: Device, observation: Observation): void {
    const memory = this.#memories.of(rule, id);
    const { definition } = rule;
    const surprise = definition.condition.kind === 'anomaly' ? this.#parts.detectors.of(rule, id) : undefined;
    const change = observe(definition, memory.state, observation, surprise);
    this.#memories.looked(memory, { rule, tenant }, change);
  }

  /** While nobody can be heard, silence says nothing; after that each device has its time again. */
  #lookForSilence(now: number): void {
    if (!this.#parts.connected()) this.#listening = undefined;
    else this.#listening ??= now;
    if (this.#listening === undefined || !this.#book.hasSilences) return;
    for (const device of this.#parts.mirror.devices())
      for (const rule of this.#book.ofSilence(device))
        this.#lapse(rule, device, { now, since: this.#listening });
  }

  #lapse(rule: AlertRule, device: Device, { now, since }: { now: number; since: number }): void {
    const memory = this.#memories.of(rule, device.id);
    if (device.status !== 'active') {
      if (memory.state.firing) this.#memories.end(memory, `the device is ${device.status}`);
      return;
    }
    const last = this.#heard.get(device.id)?.at ?? Date.parse(device.updatedAt);
    const change = elapse(rule.definition, memory.state, { heard: Math.max(last, since), now });
    if (change !== undefined)
      this.#memories.looked(memory, { rule, tenant: device.tenant }, { ...change, at: now });
  }
}

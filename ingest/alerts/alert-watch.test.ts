import { expect } from 'chai';

import type { AlertRule } from '../../chaincode/protocol/alerts/rule.ts';
import type { Device } from '../../chaincode/protocol/device.ts';
import type { RawMessage } from '../../chaincode/protocol/message.ts';
import { alertRule } from '../../chaincode/protocol/testing/alert-rules.ts';
import type { StoredBatch } from '../../sql/queries/log-messages.ts';
import type { StoredRuleState } from '../../sql/writers/alert-states.ts';
import { testDevice, testMessage } from '../testing/devices.ts';
import { AlertWatch } from './alert-watch.ts';
import type { Memories } from './memories.ts';

const START = Date.UTC(2026, 0, 1);

function ruleOf(changes: object, version = 1): AlertRule {
  return { definition: alertRule(changes), version, author: 'admin@operator', updatedAt: START };
}

/** The database in memory: batches, rules, and what the watch had written. */
class World {
  now = START;
  connected = true;
  up = true;
  rules: AlertRule[] = [];
  change = 0;
  readonly devices = new Map<string, Device>();
  readonly batches: StoredBatch[] = [];
  progress = 0;
  states: StoredRuleState[] = [];
  readonly acts: string[] = [];
  #seq = 0;

  watch(): AlertWatch {
    return new AlertWatch({
      store: {
        lastChange: () => Promise.resolve(this.change),
        rules: () => Promise.resolve(this.rules),
        states: () => Promise.resolve(structuredClone(this.states)),
        lastSeen: () => Promise.resolve(new Map()),
        progress: () => Promise.resolve(this.progress),
        nextBatch: (from) => Promise.resolve(this.batches.find(({ sequence }) => sequence >= from)),
        toEscalate: () => Promise.resolve([]),
      },
      detectors: { of: () => () => undefined, keep: () => undefined },
      desk: {
        flush: (memories, next) => this.#flush(memories, next),
        escalate: () => Promise.resolve(),
      },
      mirror: { device: (id) => this.devices.get(id), devices: () => this.devices.values() },
      connected: () => this.connected,
      now: () => this.now,
    });
  }

  setRules(...rules: AlertRule[]): void {
    this.rules = rules;
    this.change += 1;
  }

  /** Stores one batch of temperatures, a second apart. */
  batch(device: Device, ...temperatures: number[]): { sequence: number; messages: readonly RawMessage[] } {
    const messages = temperatures.map((temperature) => {
      this.now += 1_000;
      this.#seq += 1;
      return testMessage(device, this.#seq, { ts: this.now, temperature });
    });
    const batch = { sequence: this.batches.length, messages };
    this.batches.push(batch);
    return batch;
  }

  #flush(memories: Memories, next: number): Promise<void> {
    const taken = memories.take();
    if (!this.up) {
      memories.giveBack(taken);
      return Promise.reject(new Error('away'));
    }
    for (const act of taken.acts)
      this.acts.push(
        `${act.memory.device} ${act.memory.rule} ${act.kind} ${act.kind === 'raised' ? act.value : ''}`,
      );
    for (const [memory, { times, value }] of taken.counted)
      this.acts.push(`${memory.device} ${memory.rule} again ${times} ${value}`);
    this.states = [...memories.all()].map(({ rule, device, version, state }) => ({
      ...{ rule, device, version, alert: 1n },
      state: structuredClone(state),
    }));
    this.progress = next;
    return Promise.resolve();
  }
}

describe('the watch over what is stored', () => {
  const press = testDevice('press-07', { type: 'press', groups: ['hall-7'] });
  let world: World;

  beforeEach(() => {
    world = new World();
    for (const device of [press, testDevice('pump-1', { type: 'pump' })])
      world.devices.set(device.id, device);
  });

  async function feed(watch: AlertWatch, device: Device, ...temperatures: number[]): Promise<void> {
    const { sequence, messages } = world.batch(device, ...temperatures);
    watch.stored(sequence, messages);
    await watch.work();
  }

  it('raises one alert of a device that its rule is about, and counts on', async () => {
    world.setRules(
      ruleOf({ devices: { type: 'press' } }),
      ruleOf({ id: 'other', devices: { type: 'pump' } }),
    );
    const sut = world.watch();
    await sut.work();
    await feed(sut, press, 20, 90);
    await feed(sut, press, 91, 92);
    await feed(sut, press, 60);
    expect(world.acts).to.deep.equal([
      'press-07 hot raised 90',
      'press-07 hot again 2 92',
      'press-07 hot cleared ',
    ]);
    expect(world.states).to.deep.equal([]);
  });

  it('goes on after a death at any moment, with each batch looked at once', async () => {
    world.setRules(ruleOf({ insistence: { kind: 'repeat', times: 3, withinSeconds: 60 } }));
    const first = world.watch();
    await first.work();
    await feed(first, press, 90, 90);
    // Stored, and never looked at: the process died.
    world.batch(press, 90);
    const second = world.watch();
    await second.work();
    expect(world.acts).to.deep.equal(['press-07 hot raised 90']);
    await second.work();
    const third = world.watch();
    await third.work();
    await feed(third, press, 90);
    expect(world.acts).to.deep.equal(['press-07 hot raised 90', 'press-07 hot again 1 90']);
  });

  it('writes at once that an alert is raised, and what rules remember once a second', async () => {
    world.setRules(
      ruleOf({ insistence: { kind: 'repeat', times: 3, withinSeconds: 60 } }),
      ruleOf({ id: 'very-hot', condition: { ...alertRule().condition, raiseAt: 200, clearAt: 190 } }),
    );
    const sut = world.watch();
    await sut.work();
    await feed(sut, press, 90);
    expect(world.states).to.have.length(1);
    const atOnce = async (temperature: number): Promise<void> => {
      const { sequence, messages } = world.batch(press, temperature);
      world.now -= 1_000;
      sut.stored(sequence, messages);
      await sut.work();
    };
    await atOnce(91);
    expect([world.progress, world.states[0]?.state.metAt.length]).to.deep.equal([1, 1]);
    await atOnce(300);
    expect([world.progress, world.acts]).to.deep.equal([3, ['press-07 very-hot raised 300']]);
  });

  it('forgets what another version asked, also one that was put while nobody looked', async () => {
    const repeated = { insistence: { kind: 'repeat', times: 2, withinSeconds: 60 } };
    world.setRules(ruleOf(repeated));
    const first = world.watch();
    await first.work();
    await feed(first, press, 90);
    world.setRules(ruleOf({ ...repeated, condition: { ...alertRule().condition, raiseAt: 85 } }, 2));
    const second = world.watch();
    await second.work();
    await feed(second, press, 90);
    expect(world.acts).to.deep.equal([]);
    await feed(second, press, 90);
    expect(world.acts).to.deep.equal(['press-07 hot raised 90']);
  });

  it('reads what it had no room for, in order', async () => {
    world.setRules(ruleOf({}));
    const sut = world.watch();
    await sut.work();
    world.batch(press, 90);
    world.batch(press, 60);
    await feed(sut, press, 95);
    expect(world.acts).to.deep.equal([
      ...['press-07 hot raised 90', 'press-07 hot cleared ', 'press-07 hot raised 95'],
    ]);
  });

  it('loses nothing while the database is away', async () => {
    world.setRules(ruleOf({}));
    const sut = world.watch();
    await sut.work();
    world.up = false;
    await feed(sut, press, 90, 91).catch(() => undefined);
    await feed(sut, press, 92).catch(() => undefined);
    world.up = true;
    await sut.work();
    expect(world.acts).to.deep.equal(['press-07 hot raised 90', 'press-07 hot again 2 92']);
  });

  it('takes a rule that is new, changed or taken away as it is now', async () => {
    const sut = world.watch();
    await sut.work();
    await feed(sut, press, 90);
    world.setRules(ruleOf({}));
    await feed(sut, press, 90);
    world.setRules(ruleOf({ condition: { ...alertRule().condition, raiseAt: 100, clearAt: 100 } }, 2));
    await feed(sut, press, 99);
    world.setRules(ruleOf({}, 3));
    await feed(sut, press, 90);
    world.setRules();
    await feed(sut, press, 90);
    expect(world.acts).to.deep.equal([
      ...[
        'press-07 hot raised 90',
        'press-07 hot cleared ',
        'press-07 hot raised 90',
        'press-07 hot cleared ',
      ],
    ]);
  });

  it('does not look at the past of a device that tells it after the present', async () => {
    world.setRules(ruleOf({}));
    const sut = world.watch();
    await sut.work();
    const late = world.batch(press, 90);
    const { messages } = world.batch(press, 20);
    world.batches.length = 0;
    sut.stored(0, messages);
    sut.stored(1, late.messages);
    await sut.work();
    expect(world.acts).to.deep.equal([]);
  });

  describe('for silence', () => {
    beforeEach(() => {
      world.setRules(
        ruleOf({ id: 'silent', devices: { type: 'press' }, condition: { kind: 'no-data', forSeconds: 60 } }),
      );
    });

    async function pass(watch: AlertWatch, seconds: number): Promise<void> {
      world.now += seconds * 1000;
      await watch.work();
    }

    it('raises one alert, which ends when the device is heard', async () => {
      const sut = world.watch();
      await sut.work();
      await feed(sut, press, 20);
      await pass(sut, 59);
      expect(world.acts).to.deep.equal([]);
      await pass(sut, 2);
      await pass(sut, 90);
      expect(world.acts).to.deep.equal(['press-07 silent raised null']);
      await feed(sut, press, 20);
      expect(world.acts.at(-1)).to.equal('press-07 silent cleared ');
    });

    it('blames no device for what happened to us', async () => {
      const sut = world.watch();
      await sut.work();
      await pass(sut, 50);
      world.connected = false;
      await pass(sut, 900);
      world.connected = true;
      await pass(sut, 1);
      await pass(sut, 59);
      expect(world.acts).to.deep.equal([]);
      await pass(sut, 2);
      expect(world.acts).to.deep.equal(['press-07 silent raised null']);
    });

    it('expects nothing of a device that may not send', async () => {
      const sut = world.watch();
      await sut.work();
      await pass(sut, 61);
      world.devices.set(press.id, { ...press, status: 'suspended' });
      await pass(sut, 2);
      await pass(sut, 900);
      expect(world.acts).to.deep.equal(['press-07 silent raised null', 'press-07 silent cleared ']);
    });
  });
});

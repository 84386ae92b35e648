import { randomUUID } from 'node:crypto';

import { expect } from 'chai';
import { pino } from 'pino';
import { Registry } from 'prom-client';

import type { AuditEntry } from '../../chaincode/protocol/audit-entry.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { RolloutState } from '../../chaincode/protocol/firmware/rollout-state.ts';
import { ledgerRollout } from '../../chaincode/protocol/testing/rollouts.ts';
import { RolloutMetrics } from '../../ingest/operations/rollout-metrics.ts';
import { teller } from '../../ingest/rollouts/decisions.ts';
import { Engine } from '../../ingest/rollouts/engine.ts';
import { Notifier } from '../../ingest/rollouts/notifier.ts';
import { RolloutBook } from '../../ingest/rollouts/rollout-book.ts';
import { inTurn } from '../../ingest/store/in-turn.ts';
import { testDevice } from '../../ingest/testing/devices.ts';
import { systemTime } from '../../network/time.ts';
import { rolloutById } from '../../sql/queries/rollouts.ts';
import { transactions } from '../../sql/transaction.ts';
import { putRollout } from '../../sql/writers/rollouts.ts';
import { eventually } from '../harness/instance.ts';
import { testStorage } from '../harness/storage.ts';

const PHASE = { percent: 50, successPercent: 100, failurePercent: 100 };
const DEVICES = ['press-01', 'press-02'].map((id) => testDevice(id, { org: 'OperatorMSP' }));

describe('what the engine of rollouts decides, in MariaDB', () => {
  const storage = testStorage();
  let told: AuditEntry[];
  /** What the trail answers. */
  let answer: () => Promise<void>;
  let asked: number;
  let stopping: AbortController;
  let over: Promise<void>;
  let id: string;

  beforeEach(async () => {
    [told, asked, answer] = [[], 0, () => Promise.resolve()];
    id = randomUUID();
    const rollout = ledgerRollout({ id, phases: [PHASE, { ...PHASE, percent: 100 }] });
    await putRollout(storage.pool, { rollout, block: 1 }, { state: 'scheduled', now: systemTime.now() });
    const transact = inTurn(transactions(storage.pool));
    const mirror = {
      device: (wanted: string) => DEVICES.find((device) => device.id === wanted),
      devices: () => DEVICES.values(),
      freshness: () => ({ fresh: true, silentMs: 0, height: 1 }),
    };
    // Nobody is there: devices are what a test writes.
    const broker = { publish: () => undefined, connected: () => false };
    const parts = { database: storage.pool, transact, mirror, broker, time: systemTime };
    const record = async (entries: readonly AuditEntry[]): Promise<void> => {
      asked += 1;
      await answer();
      told.push(...entries);
    };
    const engine = new Engine({
      ...parts,
      book: new RolloutBook(() => Promise.resolve(rollout)),
      notifier: new Notifier(parts),
      tell: teller({
        ...{ service: 'ingest-1@operator', org: 'OperatorMSP', record, time: systemTime },
      }),
      metrics: new RolloutMetrics(new Registry()),
      log: pino({ level: 'silent' }),
    });
    stopping = new AbortController();
    over = engine.run(stopping.signal);
  });

  afterEach(async () => {
    stopping.abort();
    await over;
    await storage.pool.query('DELETE FROM rollout_devices');
    await storage.pool.query('DELETE FROM rollouts');
  });

  const actions = (): string[] => told.map(({ action }) => action);
  const is = async (state: RolloutState, phase: number): Promise<boolean> => {
    const stored = await rolloutById(storage.pool, { id, tenants: '*' });
    return stored?.state === state && stored.phase === phase;
  };
  const devicesOf = (phase: number, fields: string): Promise<unknown> =>
    storage.pool.query(`UPDATE rollout_devices SET ${fields} WHERE rollout_id = ? AND phase = ?`, [
      id,
      phase,
    ]);

  it('is in the trail from its beginning to its end, under the rollout', async () => {
    await eventually(() => is('running', 1), 'the first phase');
    await devicesOf(1, "state = 'succeeded'");
    await eventually(() => is('running', 2), 'the second phase');
    await devicesOf(2, "state = 'succeeded'");
    await eventually(() => is('finished', 2), 'its end');
    expect(actions()).to.deep.equal([
      ...['beginRollout', 'openRolloutPhase', 'openRolloutPhase', 'finishRollout'],
    ]);
    for (const entry of told) expect(entry).to.include({ subject: id, tenant: 'acme', outcome: 'done' });
  });

  it('is that devices’ time is over, and that the rollout stops for it', async () => {
    await eventually(() => is('running', 1), 'the first phase');
    await devicesOf(1, "state = 'notified', attempts = 1, deadline = '2020-01-01'");
    await eventually(() => is('stopped', 1), 'the rollout to stop');
    const [timeout, stop] = told.slice(2);
    expect([timeout?.action, timeout?.device !== null]).to.deep.equal(['endUpdates', true]);
    expect(timeout?.details['reason']).to.match(/^was notified for longer than/);
    expect(stop?.action).to.equal('stopRollout');
    expect(stop?.details).to.deep.include({
      judged: [{ successPercent: 100, failurePercent: 100, devices: { failed: 1 } }],
    });
  });

  it('is not done as long as the trail does not take it, and then once', async () => {
    await eventually(() => is('running', 1), 'the first phase');
    answer = () => Promise.reject(new BiotError('DATABASE_UNAVAILABLE', 'the trail is full'));
    const before = asked;
    await devicesOf(1, "state = 'failed'");
    await eventually(() => asked >= before + 2, 'the engine to try again');
    expect(await is('running', 1)).to.equal(true);
    answer = () => Promise.resolve();
    await eventually(() => is('stopped', 1), 'the rollout to stop');
    expect(actions().filter((action) => action === 'stopRollout')).to.have.length(1);
  });

  it('is not waited for by who is told to stop, and is undone', async () => {
    await eventually(() => is('running', 1), 'the first phase');
    answer = () => new Promise(() => undefined);
    const before = asked;
    await devicesOf(1, "state = 'failed'");
    await eventually(() => asked > before, 'the engine to wait for the trail');
    stopping.abort();
    await over;
    expect(await is('running', 1)).to.equal(true);
  });
});

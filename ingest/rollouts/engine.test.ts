import { expect } from 'chai';
import { pino } from 'pino';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { ledgerRollout } from '../../chaincode/protocol/testing/rollouts.ts';
import type { Queryable } from '../../sql/query.ts';
import { ManualTime } from '../testing/manual-time.ts';
import type { Decision, Tell } from './decisions.ts';
import { Engine } from './engine.ts';
import { RolloutBook } from './rollout-book.ts';

const NOW = new Date('2026-03-01T12:00:00Z');
const ROLLOUTS = ['0', '1'].map((last) =>
  ledgerRollout({ id: `018f2f6e-3a71-7c1e-9c9c-3f0c2a8c1d5${last}` }),
);
const NOTHING_YET = { phase: 0, devices: 1, startedAt: NOW, finishedAt: null, message: null };
const OVERDUE = {
  ...{ rollout: ROLLOUTS[0]?.id, tenant: 'acme', device: 'press-01', state: 'downloading', since: NOW },
  ...{ attempts: 1, nextAt: null, notifiedAt: NOW, finishedAt: null, deadline: NOW, message: null },
  timeouts: ROLLOUTS[0]?.timeouts,
};

describe('the engine of rollouts', () => {
  let time: ManualTime;
  let stopping: AbortController;
  /** What the tables answer, until a transaction is committed: then nothing is left to do. */
  let overdue: object[];
  let committing: boolean;
  let committed: boolean;
  let told: Decision['action'][];
  let counted: Decision['action'][];
  let looked: string[];

  beforeEach(() => {
    time = new ManualTime(NOW.getTime());
    stopping = new AbortController();
    [overdue, committing, committed] = [[], true, false];
    [told, counted, looked] = [[], [], []];
  });

  function answerTo(sql: string, values: readonly unknown[] = []): unknown {
    if (!sql.startsWith('SELECT')) return { affectedRows: 1, insertId: 0n };
    if (committed || sql.includes('COUNT(*)')) return [];
    if (sql.includes('deadline <=')) return overdue;
    if (sql.includes('FOR UPDATE')) return [{ ...NOTHING_YET, id: values[0], state: 'running' }];
    return ROLLOUTS.map((definition) => ({
      ...{ ...NOTHING_YET, id: definition.id, state: 'running', definition, createdAt: NOW },
    }));
  }

  function run(tell?: Tell): Promise<void> {
    const database: Queryable = { query: (sql, values) => Promise.resolve(answerTo(sql, values)) };
    const engine = new Engine({
      ...{ database, time, log: pino({ level: 'silent' }) },
      transact: async (work) => {
        const before = told.length;
        const result = await work(database);
        if (told.length === before) return result;
        if (!committing) throw new BiotError('DATABASE_UNAVAILABLE', 'the connection is gone');
        committed = true;
        return result;
      },
      book: new RolloutBook((id) => {
        looked.push(id);
        const found = ROLLOUTS.find((rollout) => rollout.id === id);
        return found === undefined ? Promise.reject(new Error(id)) : Promise.resolve(found);
      }),
      notifier: { welcome: () => Promise.resolve(), notify: () => Promise.resolve() },
      mirror: {
        devices: () => [].values(),
        freshness: () => ({ fresh: true, silentMs: 0, height: 1 }),
      },
      tell:
        tell ??
        ((decisions) => {
          told.push(...decisions.map(({ action }) => action));
          return Promise.resolve();
        }),
      metrics: {
        underWay: () => undefined,
        decided: (decisions) => counted.push(...decisions.map(({ action }) => action)),
      },
    });
    return engine.run(stopping.signal);
  }

  for (const [what, action, rows] of [
    ['that a phase opens', 'openRolloutPhase', []],
    ['that a device’s time is over', 'endUpdates', [OVERDUE]],
  ] as const)
    it(`counts ${what} when that is in the database, and not when it is only told`, async () => {
      overdue = [...rows];
      committing = false;
      const over = run();
      await time.advance(500);
      expect(told).to.include(action);
      expect(counted).to.deep.equal([]);
      committing = true;
      await time.advance(1_000);
      expect(counted).to.deep.equal([action]);
      stopping.abort();
      await over;
    });

  it('looks at no further rollout when it is told to stop', async () => {
    await run((decisions, signal) => {
      if (decisions.length > 0) stopping.abort();
      return signal.aborted ? Promise.reject(new Error('told to stop')) : Promise.resolve();
    });
    expect(looked).to.deep.equal([ROLLOUTS[0]?.id]);
  });
});

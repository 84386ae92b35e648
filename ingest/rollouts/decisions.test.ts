import { expect } from 'chai';
import { Registry } from 'prom-client';

import { type AuditEntry, encodeAuditEntry, rawAuditEntry } from '../../chaincode/protocol/audit-entry.ts';
import { ledgerRollout } from '../../chaincode/protocol/testing/rollouts.ts';
import type { Update } from '../../sql/writers/updates.ts';
import { RolloutMetrics } from '../operations/rollout-metrics.ts';
import { ManualTime } from '../testing/manual-time.ts';
import { beginning, planned, teller, type TellParts, timeouts } from './decisions.ts';
import { endOf } from './update-step.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const PHASE = { percent: 50, successPercent: 90, failurePercent: 10 };
const ROLLOUT = ledgerRollout({ phases: [PHASE, { ...PHASE, percent: 100 }] });
const RUNNING = new AbortController().signal;

const overdue = (device: string, state: Update['state'] = 'downloading'): Update => ({
  ...{ rollout: ROLLOUT.id, tenant: ROLLOUT.tenant, device, state, since: NOW, attempts: 1 },
  ...{ nextAt: null, notifiedAt: NOW, finishedAt: null, deadline: NOW, message: null },
  timeouts: ROLLOUT.timeouts,
});
const ended = (...updates: Update[]) => timeouts(updates.map((update) => [update, endOf(update, NOW)]));

describe('what the engine of rollouts decides', () => {
  let entries: AuditEntry[];

  beforeEach(() => {
    entries = [];
  });

  const tell = teller({
    ...{ service: 'ingest-1@operator', org: 'OperatorMSP', time: new ManualTime(NOW) },
    record: (told) => {
      entries.push(...told);
      return Promise.resolve();
    },
  });

  it('is an entry of the service, about the rollout, of its tenant, with why', async () => {
    await tell([beginning(ROLLOUT, 4), planned(ROLLOUT, 'finish', [{ succeeded: 2 }])], RUNNING);
    expect(entries[0]).to.deep.equal({
      ...{ at: NOW, actor: 'ingest-1@operator', org: 'OperatorMSP', action: 'beginRollout', outcome: 'done' },
      ...{ tenant: 'acme', device: null, subject: ROLLOUT.id, address: null, transaction: null },
      details: { reason: 'its time has come', version: '1.2.0', devices: 4 },
    });
    expect(entries[1]).to.include({ action: 'finishRollout', subject: ROLLOUT.id });
  });

  it('has the numbers that it was decided by', () => {
    const first = planned(ROLLOUT, 'open', []);
    expect([first.action, first.details]).to.deep.equal([
      'openRolloutPhase',
      { reason: 'it is the first', version: '1.2.0', phase: 1, judged: [] },
    ]);
    const second = planned(ROLLOUT, 'open', [{ succeeded: 2 }]);
    expect(second.details).to.include({ reason: 'enough devices of phase 1 succeeded', phase: 2 });
    const { action, details } = planned(ROLLOUT, 'stop', [{ succeeded: 1, failed: 1 }]);
    expect(action).to.equal('stopRollout');
    expect(details).to.deep.include({
      phase: 1,
      judged: [{ successPercent: 90, failurePercent: 10, devices: { succeeded: 1, failed: 1 } }],
    });
  });

  it('is one entry for all devices whose time ended in the same way, which names some of them', () => {
    const many = Array.from({ length: 1_000 }, (_, index) => overdue(`press-${index}`));
    const decisions = ended(...many, overdue('pump-1', 'installing'));
    expect(decisions.map(({ action, device }) => [action, device])).to.deep.equal([
      ['endUpdates', undefined],
      ['endUpdates', 'pump-1'],
    ]);
    const [{ details } = { details: {} }, alone] = decisions;
    expect(details).to.deep.include({ devices: 1_000, named: many.slice(0, 20).map(({ device }) => device) });
    expect(alone?.details.reason).to.match(/^was installing for longer than \d+ s$/);
    expect(alone?.details).not.to.have.property('named');
    expect(ended()).to.deep.equal([]);
  });

  it('has room in an entry, however many phases and devices there are', async () => {
    const phases = Array.from({ length: 20 }, () => PHASE);
    const counts = { waiting: 1e6, notified: 1e6, downloading: 1e6, succeeded: 1e6, failed: 1e6 };
    const names = Array.from({ length: 30 }, (_, index) => `${index}`.padStart(64, 'x'));
    await tell(
      [
        planned(
          { ...ROLLOUT, phases },
          'stop',
          phases.map(() => counts),
        ),
        ...ended(...names.map((name) => overdue(name))),
      ],
      RUNNING,
    );
    for (const entry of entries) encodeAuditEntry(rawAuditEntry(entry));
    expect(entries).to.have.length(2);
  });

  it('is not told when the trail does not take it, and who is to stop waits for no trail', async () => {
    const time = new ManualTime();
    const failure = async (record: TellParts['record'], signal = RUNNING): Promise<string> => {
      const told = teller({ service: 's', org: 'OperatorMSP', record, time });
      return told([beginning(ROLLOUT, 1)], signal).then(
        () => 'told',
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
      );
    };
    expect(await failure(() => Promise.reject(new Error('full')))).to.equal('full');
    const stopping = new AbortController();
    const never = failure(() => new Promise(() => undefined), stopping.signal);
    stopping.abort();
    expect(await never).to.equal('told to stop');
    let asked = 0;
    const record = (): Promise<void> => Promise.reject(new Error(`asked ${(asked += 1)} times`));
    await failure(record, stopping.signal);
    expect(asked, 'nobody would wait for what becomes of it').to.equal(0);
    const late = failure(() => new Promise(() => undefined));
    await time.advance(5_000);
    expect(await late, 'who holds locks does not wait for ever').to.equal('the audit trail takes nothing');
    expect(time.waiting).to.equal(0);
  });
});

describe('metrics of rollouts', () => {
  it('count rollouts and devices by their state, downloads, and decisions', async () => {
    const registry = new Registry();
    const metrics = new RolloutMetrics(registry);
    metrics.underWay([
      { state: 'running', counts: { downloading: 2, failed: 1 } },
      { state: 'running', counts: { downloading: 1 } },
      { state: 'scheduled', counts: {} },
    ]);
    metrics.decided([{ action: 'stopRollout' }]);
    const text = await registry.metrics();
    for (const line of [
      'biot_ingest_rollouts{state="running"} 2',
      'biot_ingest_rollouts{state="scheduled"} 1',
      'biot_ingest_rollout_devices{state="downloading"} 3',
      'biot_ingest_rollout_devices{state="failed"} 1',
      'biot_ingest_rollout_downloads 3',
      'biot_ingest_rollout_decisions_total{action="stopRollout"} 1',
      'biot_ingest_rollout_decisions_total{action="finishRollout"} 0',
    ])
      expect(text.split('\n')).to.include(line);
    metrics.underWay([]);
    expect(await registry.metrics()).to.include('biot_ingest_rollout_devices{state="downloading"} 0');
  });
});

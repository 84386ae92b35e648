import { expect } from 'chai';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { presenceTopic } from '../../chaincode/protocol/topics.ts';
import type { StoredPresence } from '../../sql/writers/presence.ts';
import { FakeBroker, FakeDelivery } from '../testing/fake-broker.ts';
import { testDevice } from '../testing/devices.ts';
import { ManualTime } from '../testing/manual-time.ts';
import { isOver } from './fleet-watch.ts';
import { RETURN_GRACE_MS } from './presence.ts';
import type { PresenceChange, PresenceStore } from './presence-store.ts';
import { PresenceWatch } from './presence-watch.ts';

const FLEET = Array.from({ length: 40 }, (_, index) => `press-${String(index).padStart(2, '0')}`);

describe('watch over presence', () => {
  let time: ManualTime;
  let broker: FakeBroker;
  let changes: PresenceChange[];
  let rows: Map<string, StoredPresence>;
  let alerts: { count: number; over: boolean }[];
  let refused: string[];
  let failing: boolean;
  let revoked: Set<string>;
  let absent: Set<string>;
  let watch: PresenceWatch;

  const store: PresenceStore = {
    presences: () => Promise.resolve([...rows.values()]),
    exoduses: () =>
      Promise.resolve(
        alerts.flatMap(({ over }, index) =>
          over ? [] : [{ alert: BigInt(index), tenant: 'acme', began: time.now() - 40_000 }],
        ),
      ),
    write: (change) => {
      if (failing) return Promise.reject(new BiotError('DATABASE_UNAVAILABLE', 'away'));
      changes.push(change);
      for (const row of change.rows) rows.set(row.device, row);
      return Promise.resolve(
        change.exoduses.map((exodus) => {
          const alert = exodus.alert ?? BigInt(alerts.length);
          const over = alerts[Number(alert)]?.over === true || isOver(exodus, time.now());
          alerts[Number(alert)] = { count: exodus.gone.size, over };
          return { exodus, alert, over, news: undefined };
        }),
      );
    },
    prune: () => Promise.resolve(),
  };

  function open(): void {
    watch = new PresenceWatch({
      store,
      broker,
      mirror: {
        device: (id) =>
          id.startsWith('press') && !absent.has(id)
            ? testDevice(id, { status: revoked.has(id) ? 'revoked' : 'active' })
            : undefined,
      },
      refusals: { add: ({ code }) => refused.push(code) },
      now: () => time.now(),
    });
  }

  beforeEach(() => {
    time = new ManualTime();
    broker = new FakeBroker();
    broker.open = true;
    changes = [];
    rows = new Map();
    alerts = [];
    refused = [];
    failing = false;
    revoked = new Set();
    absent = new Set();
    open();
  });

  function say(device: string, announcement: unknown, { retained = false, tenant = 'acme' } = {}): void {
    const delivery = new FakeDelivery(presenceTopic({ tenant, device }), announcement);
    delivery.retained = retained;
    watch.receive(delivery);
    expect(delivery.acknowledged).to.equal(1);
  }

  const state = (device: string): string | undefined => rows.get(device)?.state;

  async function pass(ms: number): Promise<void> {
    await time.advance(ms);
    await watch.work();
  }

  it('writes what changed once, and tells it', async () => {
    say('press-01', { state: 'online', connection: 'a' });
    await watch.work();
    await pass(1_000);
    expect(changes).to.have.length(1);
    expect(broker.to('presence/acme')).to.deep.equal([
      {
        tenant: 'acme',
        changes: [
          { device: 'press-01', state: 'online', since: time.now() - 1_000, reason: null, wakesAt: null },
        ],
      },
    ]);
    say('press-01', { state: 'offline' });
    await pass(5_000);
    expect(rows.get('press-01')).to.include({ state: 'offline', reason: 'lost' });
    expect(changes.flatMap(({ events }) => events).map((event) => event.state)).to.deep.equal([
      'online',
      'offline',
    ]);
  });

  it('refuses what is no announcement, and devices that are not there or of another tenant', async () => {
    say('press-01', { state: 'away' });
    say('press-01', { state: 'sleeping', seconds: 1e9 });
    say('press-01', { state: 'online', connection: 'x'.repeat(2_000) });
    say('stranger', { state: 'online' });
    say('press-01', { state: 'online' }, { tenant: 'other' });
    await pass(31_000);
    expect(refused).to.deep.equal([
      'MESSAGE_MALFORMED',
      'MESSAGE_MALFORMED',
      'MESSAGE_TOO_LARGE',
      'TENANT_MISMATCH',
      'DEVICE_UNKNOWN',
    ]);
  });

  it('counts who waits for orders as there, and as gone some time after the wait is over', async () => {
    for (let message = 0; message < 4; message += 1) {
      watch.heard({ id: 'press-01' });
      watch.waits('press-01', 30_000);
      await pass(30_000);
    }
    expect(state('press-01')).to.equal('online');
    await pass(90_000);
    expect(state('press-01'), 'three usual gaps after the last wait').to.equal('online');
    await pass(1_000);
    expect(rows.get('press-01')).to.include({ state: 'offline', reason: 'silence' });
  });

  it('and sooner when the wait ends sooner; whom the ledger does not let in waits in vain', async () => {
    for (let message = 0; message < 4; message += 1) {
      await pass(10_000);
      watch.heard({ id: 'press-01' });
      watch.waits('press-01', 330_000);
    }
    revoked.add('press-02');
    watch.waits('press-02', 330_000);
    watch.waited('press-02');
    watch.waited('press-01');
    await pass(30_000);
    expect([state('press-01'), state('press-02')]).to.deep.equal(['online', undefined]);
    await pass(1_000);
    expect(state('press-01')).to.equal('offline');
  });

  it('learns nothing from how soon after its message a device asks for orders', async () => {
    const fleet = FLEET.slice(0, 10);
    for (let message = 0; message < 6; message += 1) {
      for (const id of fleet) watch.heard({ id });
      await pass(1_000);
      for (const id of fleet) watch.waits(id, 30_000);
      for (let minute = 0; minute < 10; minute += 1) await pass(59_900);
    }
    expect(state('press-01')).to.equal('online');
    expect(changes.flatMap(({ events }) => events)).to.have.length(fleet.length);
    expect(alerts).to.deep.equal([]);
  });

  it('takes what devices said before the block that lets them in had come', async () => {
    absent.add('press-01');
    revoked.add('press-02');
    say('press-01', { state: 'online' });
    say('press-02', { state: 'sleeping', seconds: 60 });
    say('press-02', { state: 'online' });
    await pass(5_000);
    expect([state('press-01'), state('press-02')]).to.deep.equal([undefined, undefined]);
    absent.clear();
    revoked.clear();
    await pass(1_000);
    expect([state('press-01'), state('press-02')]).to.deep.equal(['online', 'online']);
    expect(refused).to.deep.equal([]);
  });

  it('learns how often a device is heard, and misses it after three times that', async () => {
    for (let count = 0; count < 6; count += 1) {
      watch.heard({ id: 'press-01' });
      await pass(20_000);
    }
    await pass(40_000);
    expect(state('press-01')).to.equal('online');
    await pass(1_001);
    expect(rows.get('press-01')).to.include({ state: 'offline', reason: 'silence' });
  });

  it('takes a message from before a loss for no return', async () => {
    say('press-01', { state: 'online', connection: 'a' });
    watch.heard({ id: 'press-01' });
    await time.advance(500);
    say('press-01', { state: 'offline', connection: 'a' });
    await pass(5_000);
    expect(state('press-01')).to.equal('offline');
  });

  it('calls nobody offline who comes back after the broker began anew, and makes one alert of those who do not', async () => {
    for (const id of FLEET) say(id, { state: 'online', connection: 'a' });
    await watch.work();
    broker.open = false;
    await pass(60_000);
    broker.open = true;
    broker.sessions += 1;
    await pass(1_000);
    for (const id of FLEET.slice(20)) say(id, { state: 'online', connection: 'b' });
    await pass(RETURN_GRACE_MS - 1);
    expect(FLEET.filter((id) => state(id) !== 'online')).to.deep.equal([]);
    await pass(1);
    expect(FLEET.filter((id) => state(id) === 'offline')).to.deep.equal(FLEET.slice(0, 20));
    expect(alerts).to.deep.equal([{ count: 20, over: false }]);
    for (const id of FLEET.slice(0, 18)) say(id, { state: 'online', connection: 'c' });
    await pass(1_000);
    await pass(1_000);
    expect(alerts).to.deep.equal([{ count: 20, over: true }]);
  });

  it('makes one alert also of a fleet that goes little by little, and goes on with it after a restart', async () => {
    for (const id of FLEET) say(id, { state: 'online', connection: 'a' });
    await watch.work();
    for (const id of FLEET.slice(0, 30)) {
      say(id, { state: 'offline', connection: 'a' });
      await pass(1_000);
    }
    await pass(5_000);
    expect(alerts).to.deep.equal([{ count: 30, over: false }]);
    open();
    await watch.work();
    for (const id of FLEET.slice(30)) say(id, { state: 'online', connection: 'a' }, { retained: true });
    await pass(RETURN_GRACE_MS);
    expect(alerts).to.deep.equal([{ count: 30, over: false }]);
    for (const id of FLEET.slice(0, 30)) say(id, { state: 'online', connection: 'b' });
    await pass(1_000);
    expect(alerts).to.deep.equal([{ count: 30, over: true }]);
  });

  it('makes another alert of those who go when it was quiet for a while', async () => {
    for (const id of FLEET) say(id, { state: 'online', connection: 'a' });
    await watch.work();
    for (const part of [FLEET.slice(0, 15), FLEET.slice(15, 30)]) {
      for (const id of part) say(id, { state: 'offline', connection: 'a' });
      await pass(5_000);
      await pass(70_000);
    }
    expect(alerts.map(({ count }) => count)).to.deep.equal([15, 15]);
  });

  it('makes another alert of those who go when somebody has cleared the one before', async () => {
    for (const id of FLEET) say(id, { state: 'online', connection: 'a' });
    await watch.work();
    for (const part of [FLEET.slice(0, 15), FLEET.slice(15, 30)]) {
      for (const id of part) say(id, { state: 'offline', connection: 'a' });
      await pass(5_000);
      await pass(1_000);
      for (const alert of alerts) alert.over = true;
    }
    expect(alerts.map(({ count }) => count)).to.deep.equal([30, 15]);
  });

  it('loses nothing while the database is away', async () => {
    failing = true;
    say('press-01', { state: 'online', connection: 'a' });
    await watch.work().catch(() => undefined);
    failing = false;
    await watch.work();
    expect(state('press-01')).to.equal('online');
  });

  it('has no presence for whom the ledger does not let in', async () => {
    say('press-01', { state: 'online', connection: 'a' });
    await watch.work();
    revoked.add('press-01');
    await pass(1_000);
    expect(rows.get('press-01')).to.include({ state: 'offline', reason: 'turned away' });
    say('press-01', { state: 'online', connection: 'b' });
    await pass(1_000);
    expect(state('press-01')).to.equal('offline');
  });
});

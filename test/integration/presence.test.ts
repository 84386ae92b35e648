import { expect } from 'chai';
import { type ChildProcess, spawn } from 'node:child_process';
import type { Pool } from 'mariadb';
import { z } from 'zod';

import type { OpenDevice } from '../../ingest/device/device.ts';
import { jsonColumn } from '../../sql/columns.ts';
import { allPresence, type StoredPresence } from '../../sql/writers/presence.ts';
import { openCommanded, stockOptions } from '../harness/commands.ts';
import { crash, eventually, ownerPool, runProgram, startAgain, testHome } from '../harness/instance.ts';
import {
  makeActiveDevice,
  makeDevice,
  registrationOf,
  TENANT,
  type TestDevice,
  withRegistry,
} from '../harness/test-device.ts';

const FLEET = 12;
/** Whose devices nobody else loses: those of `demo` would count with the fleet. */
const FLEET_TENANT = `fleet-${Date.now().toString(36)}`;
const alertRow = z.object({
  devices: z.coerce.number(),
  ended: z.coerce.boolean(),
  named: jsonColumn.pipe(z.array(z.string())),
});

describe('presence on real servers', function () {
  this.timeout(120_000);
  const home = testHome();
  let pool: Pool;
  const children: ChildProcess[] = [];

  before(() => {
    pool = ownerPool(home);
  });
  after(async () => {
    for (const child of children) child.kill('SIGKILL');
    await pool.end();
  });

  async function presenceOf(id: string): Promise<StoredPresence | undefined> {
    return (await allPresence(pool)).find(({ device }) => device === id);
  }

  async function becomes(id: string, wanted: Partial<StoredPresence>): Promise<void> {
    const fits = async (): Promise<boolean> => {
      const known = await presenceOf(id);
      return (
        known !== undefined &&
        Object.entries({ ...known, ...wanted }).every(([key, value]) => Reflect.get(known, key) === value)
      );
    };
    await eventually(fits, `${id} to be ${JSON.stringify(wanted)}`, 60_000);
  }

  /** The states in the device's history, oldest first. */
  async function historyOf(id: string): Promise<string[]> {
    const rows: unknown = await pool.query(
      'SELECT state FROM presence_events WHERE device_id = ? ORDER BY event_id',
      [id],
    );
    return z
      .array(z.object({ state: z.string() }))
      .parse(rows)
      .map(({ state }) => state);
  }

  /** A stock client that says it is there, and has a will. */
  function openStock(id: string, tenant: string): ChildProcess {
    const topic = `biot/v1/${tenant}/${id}/presence`;
    const will = [
      '--will-topic',
      topic,
      '--will-payload',
      '{"state":"offline"}',
      '--will-qos',
      '1',
      '--will-retain',
    ];
    const child = spawn('mosquitto_pub', [...stockOptions(home, id), ...will, '-t', topic, '-r', '-l']);
    child.stdin.write('{"state":"online"}\n');
    children.push(child);
    return child;
  }

  async function makeFleet(): Promise<TestDevice[]> {
    const fleet = await Promise.all(Array.from({ length: FLEET }, () => makeDevice(home, 'fleet')));
    await withRegistry(home, 'admin@manufacturer', async (registry) => {
      await registry.register(fleet.map((device) => ({ ...registrationOf(device), tenant: FLEET_TENANT })));
      await Promise.all(fleet.map(({ id }) => registry.activate(id, 'made for a test')));
    });
    return fleet;
  }

  describe('of a device of the library', () => {
    let device: TestDevice;
    let open: OpenDevice;
    before(async () => {
      device = await makeActiveDevice(home, 'present');
    });
    afterEach(() => open.close());

    it('is online, sleeps, and says good-bye', async () => {
      open = await openCommanded(home, device.id, {});
      await becomes(device.id, { state: 'online' });
      await open.close({ sleepSeconds: 3600 });
      await becomes(device.id, { state: 'sleeping' });
      open = await openCommanded(home, device.id, {});
      await becomes(device.id, { state: 'online' });
      await open.close();
      await becomes(device.id, { state: 'offline', reason: 'closed' });
      expect(await historyOf(device.id)).to.deep.equal(['online', 'sleeping', 'online', 'offline']);
    });

    it('outlasts a crash of ingest and of the broker', async () => {
      open = await openCommanded(home, device.id, {});
      await becomes(device.id, { state: 'online' });
      const before = await historyOf(device.id);
      const connection = (await presenceOf(device.id))?.connection;
      for (const name of ['ingest', 'mosquitto']) {
        await crash(home, name);
        await startAgain();
      }
      const vouched = async (): Promise<boolean> => {
        const now = (await presenceOf(device.id))?.connection ?? connection;
        return now !== connection;
      };
      await eventually(vouched, 'the broker to vouch for its next connection', 60_000);
      expect(await historyOf(device.id)).to.deep.equal(before);
    });

    it('is told by the broker when ingest was away as it began', async () => {
      const late = await makeActiveDevice(home, 'late');
      await crash(home, 'ingest');
      open = await openCommanded(home, late.id, {});
      await eventually(() => open.client.connected, 'the connection');
      await startAgain();
      await becomes(late.id, { state: 'online' });
    });

    it('ends with the ledger’s word', async () => {
      open = await openCommanded(home, device.id, {});
      await becomes(device.id, { state: 'online' });
      await withRegistry(home, 'admin@manufacturer', (registry) => registry.suspend(device.id, 'a test'));
      await becomes(device.id, { state: 'offline', reason: 'turned away' });
    });
  });

  it('of a fleet of stock clients that is lost at once is over within seconds, and is one alert', async () => {
    const fleet = await makeFleet();
    const clients = fleet.map(({ id }) => openStock(id, FLEET_TENANT));
    for (const { id } of fleet) await becomes(id, { state: 'online' });
    for (const client of clients) client.kill('SIGKILL');
    for (const { id } of fleet) await becomes(id, { state: 'offline', reason: 'lost' });
    const ids = new Set(fleet.map(({ id }) => id));
    const alerts = async (): Promise<z.infer<typeof alertRow>[]> =>
      z
        .array(alertRow)
        .parse(
          await pool.query(
            `SELECT last_value AS devices, cleared_at IS NOT NULL AS ended, JSON_EXTRACT(details, '$.devices') AS named
             FROM alerts WHERE type = 'FLEET_OFFLINE'`,
          ),
        )
        .filter(({ named }) => named.some((id) => ids.has(id)));
    const all = async (): Promise<boolean> => (await alerts())[0]?.devices === FLEET;
    await eventually(all, 'one alert about all of them');
    for (const { id } of fleet) openStock(id, FLEET_TENANT);
    await eventually(async () => (await alerts())[0]?.ended === true, 'the end of the alert');
    expect(await alerts()).to.have.length(1);
  });

  it('cannot be announced for another device', async () => {
    const [one, other] = [await makeActiveDevice(home, 'liar'), await makeActiveDevice(home, 'victim')];
    const topic = `biot/v1/${TENANT}/${other.id}/presence`;
    const ran = await runProgram('mosquitto_pub', [
      ...stockOptions(home, one.id),
      '-t',
      topic,
      '-m',
      '{"state":"online"}',
    ]);
    expect(ran.out + ran.error).to.match(/not authori[sz]ed|135/i);
    expect(await presenceOf(other.id)).to.equal(undefined);
  });
});

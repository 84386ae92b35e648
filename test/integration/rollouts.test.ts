import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';
import type { Pool } from 'mariadb';
import { z } from 'zod';

import type { RolloutDraft } from '../../chaincode/protocol/firmware/rollout.ts';
import type { RolloutState, UpdateState } from '../../chaincode/protocol/firmware/rollout-state.ts';
import { newVendor, releaseDraft, vendorKeyDraft } from '../../chaincode/protocol/testing/firmware.ts';
import { rolloutDraft } from '../../chaincode/protocol/testing/rollouts.ts';
import { type DeviceFirmwareOptions, openDevice, type OpenDevice } from '../../ingest/device/device.ts';
import { simulatedStart } from '../../ingest/device/simulated-firmware.ts';
import { firmwareLedger } from '../../network/ledger/firmware.ts';
import { registryLedger } from '../../network/ledger/registry.ts';
import { type RolloutLedger, rolloutLedger } from '../../network/ledger/rollouts.ts';
import { typeLedger } from '../../network/ledger/types.ts';
import { jsonColumn } from '../../sql/columns.ts';
import { rolloutById, rolloutDevicePage, type StoredRollout } from '../../sql/queries/rollouts.ts';
import { uploadImage } from '../../scripts/firmware/upload.ts';
import { crash, eventually, ownerPool, passwordOf, startAgain, testHome } from '../harness/instance.ts';
import { everywhere, membersOf } from '../harness/members.ts';
import { makeDevice, registrationOf, TENANT } from '../harness/test-device.ts';

const VENDOR = 'admin@manufacturer';
const APPROVER = 'admin@operator';
const SIZE = 400_000;
/** Reports that nobody took are told again after up to 30 s, in each of two phases. */
const WITHIN_MS = 90_000;
/** Enough for those that are there to answer on a busy machine. */
const AWAY_SECONDS = 10;
const HALF = { percent: 50, successPercent: 100, failurePercent: 1 };

describe('rollouts on real servers', function () {
  this.timeout(180_000);
  const home = testHome();
  const members = membersOf(home);
  const folder = mkdtempSync(join(tmpdir(), 'biot-rollouts-'));
  const place = (name: string): string => join(folder, name);
  const vendor = newVendor();
  const type = `pump-${randomBytes(4).toString('hex')}`;
  let ledger: RolloutLedger;
  const open = new Map<string, OpenDevice>();
  const ids: string[] = [];
  let pool: Pool;

  /** @returns the id of an approved release of this image */
  async function release(version: string, image: Uint8Array): Promise<string> {
    const draft = releaseDraft(vendor, image, { type, version, minimumVersion: '0.0.0' });
    const { id } = draft;
    await everywhere(members, firmwareLedger(members.as(VENDOR)).publish(draft));
    writeFileSync(place(version), image);
    const password = passwordOf(home, VENDOR);
    await uploadImage(home, { member: VENDOR, password, id, image: place(version) });
    await everywhere(members, firmwareLedger(members.as(APPROVER)).approve(id));
    return id;
  }

  /** Acts as a device of the library whose firmware is simulated. */
  async function connect(id: string, changes: Partial<DeviceFirmwareOptions> = {}): Promise<void> {
    const authority = readFileSync(home.path('pki', 'platform-ca', 'cert.pem'), 'utf8');
    const device = await openDevice({
      folder: home.path('devices', id),
      owner: { tenant: TENANT, device: id },
      broker: { port: home.ports.mqtt, authority },
      firmware: {
        gateway: { url: `https://127.0.0.1:${home.ports.gateway}`, authority },
        ...{ type, factory: '1.0.0', start: simulatedStart },
        vendorKeys: [vendor.publicKey],
        ...changes,
      },
    });
    open.set(id, device);
    await eventually(() => device.client.connected, 'the device to be connected');
  }

  async function disconnect(...wanted: string[]): Promise<void> {
    for (const id of wanted) {
      await open.get(id)?.close();
      open.delete(id);
    }
  }

  async function create(fields: Partial<RolloutDraft> & Pick<RolloutDraft, 'release'>): Promise<string> {
    const { rollout } = await ledger.create(rolloutDraft({ id: randomUUID(), tenant: TENANT, ...fields }));
    return rollout.id;
  }

  const stored = (id: string): Promise<StoredRollout | undefined> => rolloutById(pool, { id, tenants: '*' });

  async function becomes(id: string, state: RolloutState): Promise<StoredRollout> {
    await eventually(
      async () => (await stored(id))?.state === state,
      `the rollout to be ${state}`,
      WITHIN_MS,
    );
    const rollout = await stored(id);
    if (rollout === undefined) throw new Error('it was there a moment ago');
    return rollout;
  }

  async function statesOf(rollout: string): Promise<Map<string, [UpdateState, string | null]>> {
    const devices = await rolloutDevicePage(pool, { rollout, limit: 100 });
    return new Map(devices.map(({ device, state, message }) => [device, [state, message]]));
  }

  /** What the engine told the audit trail about a rollout, in order: action and details. */
  async function decisionsOn(
    rollout: string,
  ): Promise<[string, { reason: string; [name: string]: unknown }][]> {
    const rows: unknown = await pool.query(
      `SELECT action, details FROM audit_logs WHERE subject = ? AND actor = 'ingest-1@operator' AND outcome = 'done'
       ORDER BY log_id`,
      [rollout],
    );
    const schema = z.array(z.looseObject({ action: z.string(), details: jsonColumn }));
    return schema
      .parse(rows)
      .map(({ action, details }) => [action, z.looseObject({ reason: z.string() }).parse(details)]);
  }

  before(async () => {
    pool = ownerPool(home);
    ledger = rolloutLedger(members.as(VENDOR));
    await typeLedger(members.as(VENDOR)).put({
      ...{ name: type, description: 'of a test' },
      sensors: [{ name: 'pressure', unit: 'hPa', minimum: null, maximum: null, dataType: 'number' }],
    });
    const devices = await Promise.all(Array.from({ length: 4 }, () => makeDevice(home, 'pump')));
    const registry = registryLedger(members.as(VENDOR));
    await registry.register(devices.map((device) => registrationOf(device, type)));
    for (const { id } of devices) await registry.activate(id, 'a test');
    ids.push(...devices.map(({ id }) => id));
    await firmwareLedger(members.as(VENDOR)).registerKey(vendorKeyDraft(vendor, 'ManufacturerMSP'));
  });
  after(async () => {
    await disconnect(...open.keys());
    members.close();
    await pool.end();
    rmSync(folder, { recursive: true });
  });

  it('go phase by phase through a download that is cut and a crash of ingest, and finish', async () => {
    const image = await release('1.1.0', randomBytes(SIZE));
    const afterCrash = Promise.withResolvers<undefined>();
    const cuts = new Map<string, number>();
    for (const id of ids) {
      let bytes = 0;
      const wantsMore = (came: number): boolean => {
        bytes += came;
        const cut = bytes > SIZE / 2 && !cuts.has(id);
        if (cut) cuts.set(id, bytes);
        return !cut;
      };
      await connect(id, { wantsMore, start: (file) => afterCrash.promise.then(() => simulatedStart(file)) });
    }
    const id = await create({ release: image, phases: [HALF, { ...HALF, percent: 100 }], ratePerMinute: 60 });
    const installing = async (): Promise<boolean> => ((await stored(id))?.counts.installing ?? 0) > 0;
    await eventually(installing, 'a device to be installing');
    await crash(home, 'ingest');
    // Nobody takes their reports now.
    afterCrash.resolve(undefined);
    const before = await stored(id);
    await startAgain();
    const { counts, phase, devices, phases } = await becomes(id, 'finished');
    expect(before).to.include({ state: 'running', phase: 1 });
    expect({ counts, phase, devices }).to.deep.equal({ counts: { succeeded: 4 }, phase: 2, devices: 4 });
    expect(phases.map((each) => each.counts.succeeded)).to.deep.equal([2, 2]);
    const decisions = await decisionsOn(id);
    // A crash between the entry and what it is about would make two of it.
    expect([...new Set(decisions.map(([action]) => action))]).to.deep.equal([
      ...['beginRollout', 'openRolloutPhase', 'finishRollout'],
    ]);
    expect(decisions[0]?.[1]).to.include({ version: '1.1.0', devices: 4 });
    expect([...cuts.keys()].sort()).to.deep.equal([...ids].sort());
  });

  it('stop when a device goes back to what it ran before, and leave the others alone', async () => {
    const image = await release('1.2.0', Buffer.concat([Buffer.from('BROKEN'), randomBytes(1000)]));
    const quarter = { ...HALF, percent: 25 };
    const id = await create({ release: image, phases: [quarter, { ...HALF, percent: 100 }] });
    const { counts, phase, message } = await becomes(id, 'stopped');
    expect({ counts, phase }).to.deep.equal({ counts: { 'rolled back': 1, cancelled: 3 }, phase: 1 });
    expect(message).to.contain('failed');
    const [action, details] = (await decisionsOn(id)).at(-1) ?? [];
    expect(action).to.equal('stopRollout');
    expect(details).to.deep.include({ reason: message, phase: 1 });
  });

  it('end for those that refuse or are away', async () => {
    const image = await release('1.3.0', randomBytes(1000));
    const [away = '', doubting = '', ...willing] = ids;
    await disconnect(away, doubting);
    await connect(doubting, { vendorKeys: [newVendor().publicKey] });
    const phases = [{ percent: 100, successPercent: 50, failurePercent: 75 }];
    const { timeouts } = rolloutDraft({ release: image });
    const id = await create({ release: image, phases, timeouts: { ...timeouts, waiting: AWAY_SECONDS } });
    const { counts } = await becomes(id, 'finished');
    expect(counts).to.deep.equal({ succeeded: 2, failed: 2 });
    const states = await statesOf(id);
    expect(states.get(away)).to.deep.equal(['failed', `was not there within ${AWAY_SECONDS} s`]);
    expect(states.get(doubting)).to.deep.equal(['failed', 'key not trusted']);
    for (const device of willing) expect(states.get(device)).to.deep.equal(['succeeded', null]);
    const [timeout] = (await decisionsOn(id)).filter(([action]) => action === 'endUpdates');
    expect(timeout?.[1]).to.include({ reason: `was not there within ${AWAY_SECONDS} s`, devices: 1 });
  });

  it('are paused, resumed and cancelled before anybody is told', async () => {
    const image = await release('1.4.0', randomBytes(1000));
    const schedule = { notBefore: '2099-01-01T00:00:00.000Z', window: null };
    const id = await create({ release: image, schedule });
    await becomes(id, 'scheduled');
    await ledger.pause(id, 'lunch');
    await becomes(id, 'paused');
    await ledger.resume(id);
    await becomes(id, 'scheduled');
    await ledger.cancel(id, 'a mistake');
    expect((await becomes(id, 'cancelled')).counts).to.deep.equal({});
  });
});

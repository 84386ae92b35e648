import { expect } from 'chai';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Device } from '../../chaincode/protocol/device.ts';
import { connectLedger } from '../../network/ledger/client.ts';
import { memberConnection } from '../../network/ledger/member-connection.ts';
import { registryLedger } from '../../network/ledger/registry.ts';
import { type RegistryMirror, startMirror } from '../../network/mirror/registry-mirror.ts';
import { DEMO_FLEET } from '../../scripts/platform/demo-fleet.ts';
import { crash, eventually, startAgain, testHome } from '../harness/instance.ts';
import { membersOf } from '../harness/members.ts';
import { makeActiveDevice, type TestDevice } from '../harness/test-device.ts';

/** Its peer serves nobody else here: ingest and gateway follow the operator's. */
const MEMBER = 'auditor@auditor';
const PEER = 'auditor-peer';
const SILENCE_BOUND_MS = 3_000;

describe('the mirror of a running registry', function () {
  this.timeout(120_000);
  const home = testHome();
  const members = membersOf(home);
  const registry = registryLedger(members.as('admin@manufacturer'));
  const folder = mkdtempSync(join(tmpdir(), 'biot-mirror-'));
  const snapshotFile = join(folder, 'registry.snapshot');
  let device: TestDevice;
  let mirror: RegistryMirror;
  /** What the mirror that runs now has logged. */
  let logged: string[];

  before(async () => {
    device = await makeActiveDevice(home, 'mirrored');
    await open();
  });
  after(async () => {
    await mirror.close();
    members.close();
    rmSync(folder, { recursive: true });
  });

  async function open({ client = members.as(MEMBER), readyAtOnce = true } = {}): Promise<void> {
    const lines: string[] = [];
    const note = (details: unknown, text?: unknown): void => {
      lines.push(String(text ?? details));
    };
    logged = lines;
    mirror = startMirror({
      client,
      channel: 'registry',
      silenceBoundMs: SILENCE_BOUND_MS,
      snapshotFile,
      log: { debug: () => undefined, info: note, warn: note, error: note },
    });
    if (readyAtOnce) await mirror.ready();
  }

  const isFresh = (): boolean => mirror.freshness().fresh;
  /** Its peer has what another one has committed a moment later. */
  const shows = (status: Device['status']): Promise<void> =>
    eventually(() => mirror.device(device.id)?.status === status, `the device to be ${status} in the mirror`);
  const isNotFresh = (): boolean => !isFresh();

  it('has every device as the ledger has it', async () => {
    await eventually(isFresh, 'a fresh mirror');
    await shows('active');
    for (const { id } of [...DEMO_FLEET, device]) {
      expect(mirror.device(id)).to.deep.equal(await registry.get(id));
    }
    expect(mirror.size).to.equal([...mirror.devices()].length);
  });

  it('follows a change within a second, and tells who listens', async () => {
    const told: Device[] = [];
    const stop = mirror.onChange((changed) => {
      told.push(...changed.filter(({ id }) => id === device.id));
    });
    for (const verb of ['suspend', 'activate'] as const) {
      const { device: changed, transaction } = await registry[verb](device.id, 'a test');
      await eventually(() => mirror.device(device.id)?.transaction === transaction, verb, 1_000);
      expect(mirror.device(device.id)).to.deep.equal(changed);
      expect(told.at(-1)).to.deep.equal(changed);
    }
    stop();
    expect(told.map(({ id, status }) => `${id} ${status}`)).to.deep.equal([
      `${device.id} suspended`,
      `${device.id} active`,
    ]);
  });

  it('is not fresh any more when its peer is gone, and is again, with what it missed, when it is back', async () => {
    await crash(home, PEER);
    try {
      await eventually(isNotFresh, 'the mirror to say that it is stale', 2 * SILENCE_BOUND_MS);
      await registry.suspend(device.id, 'unseen');
      expect(mirror.device(device.id)?.status, 'its last word').to.equal('active');
      expect(mirror.freshness().silentMs).to.be.greaterThan(SILENCE_BOUND_MS);
    } finally {
      await startAgain();
    }
    await eventually(isFresh, 'a fresh mirror');
    await shows('suspended');
  });

  it('starts from its snapshot without the ledger, which does not make it fresh for longer', async () => {
    await mirror.close();
    expect(statSync(snapshotFile).mode & 0o777).to.equal(0o600);
    const before = [...mirror.devices()];
    const nowhere = connectLedger({ ...memberConnection(home, MEMBER), endpoint: '127.0.0.1:1' });
    await open({ client: nowhere });
    expect(byId(mirror.devices())).to.deep.equal(byId(before));
    await eventually(isNotFresh, 'the mirror to say that it is stale', 2 * SILENCE_BOUND_MS);
    await mirror.close();
    nowhere.close();
  });

  it('goes on from its snapshot without reading all devices again', async () => {
    const { transaction } = await registry.activate(device.id, 'while nobody looked');
    await open();
    await eventually(isFresh, 'a fresh mirror');
    await shows('active');
    expect(mirror.device(device.id)).to.include({ transaction });
    expect(logged).to.include('mirror restored from its snapshot').and.not.include('mirror filled');
    await mirror.close();
  });

  for (const [what, damage] of Object.entries<(intact: string) => string>({
    'with a changed record': (intact) => intact.replace('"status":"active"', '"status":"revoked"'),
    'cut in the middle': (intact) => intact.slice(0, intact.length / 2),
    'that is empty': () => '',
  })) {
    it(`fills anew from the ledger in place of a snapshot ${what}`, async () => {
      const intact = readFileSync(snapshotFile, 'utf8');
      const damaged = damage(intact);
      expect(damaged).to.not.equal(intact);
      writeFileSync(snapshotFile, damaged);
      await open();
      await eventually(isFresh, 'a fresh mirror');
      expect(logged).to.include('the mirror starts without its snapshot').and.include('mirror filled');
      for (const { id } of [...DEMO_FLEET, device]) {
        expect(mirror.device(id)).to.deep.equal(await registry.get(id));
      }
      await mirror.close();
      expect(readFileSync(snapshotFile, 'utf8').split('\n')).to.have.length(intact.split('\n').length);
    });
  }
});

/** To compare thousands at once: `members` looks for each among all. */
function byId(devices: Iterable<Device>): Map<string, Device> {
  return new Map([...devices].map((device) => [device.id, device]));
}

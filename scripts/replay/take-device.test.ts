import { expect } from 'chai';
import { createPublicKey } from 'node:crypto';
import { rmSync } from 'node:fs';

import { type DeviceOptions, type OpenDevice, openDevice } from '../../ingest/device/device.ts';
import { ensureDeviceKey } from '../../ingest/device/key.ts';
import { writeFileAtomically } from '../../network/home/files.ts';
import type { Home } from '../../network/home/home.ts';
import { certificatePem } from '../../network/pki/authority.ts';
import { credentialsIn, ensureAuthority } from '../../network/pki/credentials.ts';
import { issueDeviceCertificate } from '../../network/pki/devices.ts';
import { takeDevice } from './take-device.ts';
import { emptyHome } from './testing/homes.ts';

const OWNER = { tenant: 'acme', device: 'press-07' };

describe('taking a device for a replay', () => {
  let home: Home;
  let authority: string;
  let said: string[];
  let opened: OpenDevice[];

  beforeEach(async () => {
    home = emptyHome();
    [said, opened] = [[], []];
    const folder = home.path('devices', OWNER.device);
    const devices = await ensureAuthority(credentialsIn(home.path('pki', 'devices-ca')), 'devices');
    const platform = await ensureAuthority(credentialsIn(home.path('pki', 'platform-ca')), 'platform');
    authority = certificatePem(platform.certificate);
    const key = createPublicKey(ensureDeviceKey(folder).publicKey);
    const certificate = await issueDeviceCertificate(devices, OWNER.device, key);
    writeFileAtomically(home.path('devices', OWNER.device, 'cert.pem'), certificate);
  });

  afterEach(async () => {
    for (const device of opened) await device.close();
    rmSync(home.root, { recursive: true });
  });

  async function open(options: Pick<DeviceOptions, 'onYield'>): Promise<OpenDevice> {
    const folder = home.path('devices', OWNER.device);
    const broker = { port: home.ports.mqtt, authority };
    const device = await openDevice({ folder, owner: OWNER, broker, ...options });
    opened.push(device);
    return device;
  }

  async function take(): Promise<void> {
    const say = (text: string): void => {
      said.push(text);
    };
    opened.push(await takeDevice({ home, owner: OWNER, events: {}, window: 16, say }));
  }

  it('says nothing when nobody acts as the device', async () => {
    await take();
    expect(said).to.deep.equal([]);
  });

  it('takes it over from a simulator, with all that the simulator had stored', async () => {
    let yielded = 0;
    const simulated = await open({ onYield: () => (yielded += 1) });
    simulated.client.publish({ ts: Date.UTC(2026, 0, 1), values: { temperature: 21.5 } });
    opened.pop();
    await take();
    expect(yielded).to.equal(1);
    expect(said).to.have.length(1);
    expect(opened[0]?.store.size).to.equal(1);
  });

  it('does not take it from another replay, which keeps it', async () => {
    await open({});
    const refusal = await take().catch((error: unknown) => error);
    expect(refusal).to.include({ code: 'DEVICE_BUSY' });
    expect(said).to.deep.equal([]);
  });
});

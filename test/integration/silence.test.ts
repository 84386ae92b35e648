import { expect } from 'chai';
import type { Pool } from 'mariadb';
import { readFileSync } from 'node:fs';
import { z } from 'zod';

import { createDeviceToken } from '../../ingest/device/token.ts';
import { credentialsIn } from '../../network/pki/credentials.ts';
import { ingestNumber } from '../harness/ingest-number.ts';
import { ask, eventually, ownerPool, testHome } from '../harness/instance.ts';
import { openPublisher, type Publisher } from '../harness/publisher.ts';
import { revokeMeanwhile, silencePeer } from '../harness/silent-peer.ts';
import { makeActiveDevice, type TestDevice } from '../harness/test-device.ts';

const problemSchema = z.looseObject({ code: z.string() });
const alertsSchema = z.array(z.object({ type: z.string(), value: z.coerce.number() }));

describe('a device that is revoked while the platform hears nothing from its peer', function () {
  this.timeout(120_000);
  const home = testHome();
  let pool: Pool;
  let device: TestDevice;
  let publisher: Publisher;
  let hear: () => void = () => undefined;
  before(async () => {
    pool = ownerPool(home);
    device = await makeActiveDevice(home, 'stolen');
    publisher = await openPublisher(home, device);
  });
  after(async () => {
    hear();
    await publisher.close();
    await pool.end();
  });

  /** What the gateway tells the device: 200, or the code of its refusal. */
  async function answer(): Promise<unknown> {
    const privateKey = readFileSync(credentialsIn(home.path('devices', device.id)).keyFile, 'utf8');
    const token = await createDeviceToken({ device: device.id, privateKey, now: Date.now() });
    const { status, body } = await ask(home, '/api/v1/device/self', { token });
    return status === 200 ? status : problemSchema.parse(body).code;
  }

  it('is let in by the gateway no longer than the bound of silence, whatever it remembers', async () => {
    await eventually(async () => (await answer()) === 200, 'the gateway to know the device');
    hear = silencePeer(home);
    expect((await revokeMeanwhile(home, device.id)).status).to.equal('revoked');
    await eventually(async () => (await answer()) === 'LEDGER_STALE', 'the gateway to refuse', 6_000);
  });

  it('may have messages taken by ingest for that long, which becomes an alert when the ledger is heard', async () => {
    await eventually(
      async () => (await ingestNumber(home, 'mirror_silent_seconds')) > 5,
      'ingest to notice the silence',
    );
    publisher.publish(3);
    await eventually(() => publisher.store.size === 0, 'receipts');
    hear();
    await eventually(
      async () => (await answer()) === 'DEVICE_NOT_ACTIVE',
      'the gateway to know of the revocation',
    );
    const alerts = async (): Promise<unknown> =>
      pool.query('SELECT type, value FROM alerts WHERE device_id = ?', [device.id]);
    await eventually(async () => alertsSchema.parse(await alerts()).length > 0, 'the alert');
    expect(alertsSchema.parse(await alerts())).to.deep.equal([{ type: 'TAKEN_WHILE_SILENT', value: 3 }]);
  });
});

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';
import type { Pool } from 'mariadb';
import { z } from 'zod';

import { signPayload } from '../../ingest/device/signed-payload.ts';
import { credentialsIn } from '../../network/pki/credentials.ts';
import { COAP_CLIENT, ensurePackages } from '../../scripts/platform/debian.ts';
import { integerColumn } from '../../sql/columns.ts';
import { select } from '../../sql/query.ts';
import { eventually, ownerPool, type Ran, runProgram, testHome } from '../harness/instance.ts';
import { makeActiveDevice, makeDevice, type TestDevice, withRegistry } from '../harness/test-device.ts';

describe('CoAP, by the client of libcoap', () => {
  const home = testHome();
  const folder = mkdtempSync(join(tmpdir(), 'biot-coap-'));
  let pool: Pool;
  let device: TestDevice;
  before(async () => {
    await ensurePackages([COAP_CLIENT], () => undefined);
    pool = ownerPool(home);
    device = await makeActiveDevice(home, 'coap');
    await eventually(async () => (await send(message(1))).includes('2.04'), 'ingest to know the device');
  });
  after(async () => {
    rmSync(folder, { recursive: true });
    await pool.end();
  });

  const message = (seq: number): object => ({ seq, ts: Date.now(), values: { temperature: 21.5 } });

  function signed(payload: object, by = device): string {
    const { keyFile } = credentialsIn(home.path('devices', by.id));
    const signer = { device: by.id, privateKey: readFileSync(keyFile, 'utf8') };
    return written(signPayload(signer, 'telemetry', Buffer.from(JSON.stringify(payload))));
  }

  function written(bytes: Uint8Array): string {
    const file = join(folder, 'payload');
    writeFileSync(file, bytes);
    return file;
  }

  function post(file: string, url: string, ...options: string[]): Promise<Ran> {
    return runProgram('coap-client-openssl', [
      '-v',
      '6',
      '-B',
      '15',
      '-m',
      'post',
      '-t',
      '18',
      '-f',
      file,
      ...options,
      url,
    ]);
  }

  const plain = (path = '/telemetry'): string => `coap://127.0.0.1:${home.ports.coap}${path}`;
  const secured = (): string => `coaps://127.0.0.1:${home.ports.coaps}/telemetry`;

  async function send(payload: object, ...options: string[]): Promise<string> {
    const { out, error } = await post(signed(payload), plain(), ...options);
    return out + error;
  }

  function certificateOf(by: TestDevice): string[] {
    const { certificateFile, keyFile } = credentialsIn(home.path('devices', by.id));
    return ['-c', certificateFile, '-j', keyFile, '-R', home.path('pki', 'platform-ca', 'cert.pem')];
  }

  async function storedOf(id: string): Promise<number> {
    const [row] = await select(
      pool,
      z.object({ messages: integerColumn }),
      'SELECT COUNT(DISTINCT seq) AS messages FROM telemetry WHERE device_id = ?',
      [id],
    );
    return row?.messages ?? 0;
  }

  it('answers a signed message once it is stored, with its receipt', async () => {
    const answer = await send(message(2));
    expect(answer).to.include('2.04');
    expect(answer).to.include('{"epoch":1,"committed":[[2,2]],"refused":[]}');
    expect(await storedOf(device.id)).to.be.at.least(2);
  });

  it('takes several messages in blocks', async () => {
    const several = Array.from({ length: 40 }, (_, index) => message(10 + index));
    expect(await send(several, '-b', '256')).to.include('"committed":[[10,49]]');
  });

  it('takes them by DTLS with the certificate of a device', async () => {
    const { out, error } = await post(signed(message(3)), secured(), ...certificateOf(device));
    expect(out + error).to.include('"committed":[[3,3]]');
  });

  it('lets nobody in by DTLS without one', async () => {
    const { out, error } = await post(signed(message(4)), secured(), '-B', '3');
    expect(out + error).to.not.include('2.04');
  });

  it('goes by the signature, whoever brings it', async () => {
    const other = await makeDevice(home, 'courier');
    const { out, error } = await post(signed(message(5)), secured(), ...certificateOf(other));
    expect(out + error).to.include('"committed":[[5,5]]');
  });

  it('refuses what nobody of ours has signed, and what is no COSE', async () => {
    const stranger = await makeDevice(home, 'stranger');
    const unsigned = await post(signed(message(1), stranger), plain());
    expect(unsigned.out + unsigned.error)
      .to.include('4.01')
      .and.to.include('TOKEN_INVALID');
    const bare = await post(written(Buffer.from(JSON.stringify(message(6)))), plain());
    expect(bare.out + bare.error)
      .to.include('4.00')
      .and.to.include('MESSAGE_MALFORMED');
  });

  it('refuses each bad message of several, and stores the others', async () => {
    const answer = await send([message(60), { ...message(61), values: { telepathy: 1 } }, message(62)]);
    expect(answer).to.include('4.22').and.to.include('[[60,60],[62,62]]').and.to.include('SENSOR_UNKNOWN');
  });

  it('says what there is', async () => {
    const { out } = await runProgram('coap-client-openssl', ['-m', 'get', plain('/.well-known/core')]);
    expect(out).to.include('</telemetry>');
  });

  it('refuses a device that is suspended', async () => {
    await withRegistry(home, 'admin@manufacturer', (registry) => registry.suspend(device.id, 'for a test'));
    await eventually(async () => (await send(message(70))).includes('DEVICE_NOT_ACTIVE'), 'the refusal');
  });
});

import { expect } from 'chai';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';

import { type TypeDefinition, typeSchema, type TypeSensor } from '../../chaincode/protocol/device-type.ts';
import type { Receipt } from '../../chaincode/protocol/receipt.ts';
import { createDeviceToken } from '../../ingest/device/token.ts';
import { GENERIC } from '../../network/initial-types.ts';
import { typeLedger } from '../../network/ledger/types.ts';
import { credentialsIn } from '../../network/pki/credentials.ts';
import { type Answer, ask, eventually, runProgram, signIn, testHome } from '../harness/instance.ts';
import { type Members, membersOf } from '../harness/members.ts';
import { makeActiveDevice, makeDevice, type TestDevice, TENANT } from '../harness/test-device.ts';

const TEMPERATURE: TypeSensor = {
  ...{ name: 'temperature', unit: '°C', dataType: 'number' },
  minimum: -40,
  maximum: 125,
};
const HUMIDITY: TypeSensor = {
  ...{ name: 'humidity', unit: '%', dataType: 'integer' },
  minimum: 0,
  maximum: 100,
};

const problem = z.looseObject({ code: z.string() });
const receiptsSchema = z.looseObject({ committed: z.array(z.tuple([z.int(), z.int()])) });

describe('types of devices on real servers', function () {
  this.timeout(120_000);
  const home = testHome();
  const name = `probe-${randomBytes(4).toString('hex')}`;
  let members: Members;
  let device: TestDevice;
  let admin: string;
  let seq = 0;

  const definition = (...sensors: TypeSensor[]): TypeDefinition => ({
    name,
    description: 'of a test',
    sensors,
  });

  const put = (body: Omit<TypeDefinition, 'name'>, token: string): Promise<Answer> =>
    ask(home, `/api/v1/types/${name}`, { method: 'PUT', token, body });

  /** Changes the type as its organisation's administrator does. */
  async function change(...sensors: TypeSensor[]): Promise<number> {
    const answer = await put({ description: 'of a test', sensors }, admin);
    expect(answer.status).to.equal(200);
    return typeSchema.parse(answer.body).version;
  }

  function message(values: Record<string, number>): string {
    seq += 1;
    return JSON.stringify({ seq, ts: Date.now(), values });
  }

  const byMqtt = (values: Record<string, number>): Promise<Receipt> => device.request(message(values));

  /** What becomes of a message by MQTT: the code of its refusal, or `committed`. */
  async function fate(values: Record<string, number>): Promise<string> {
    const { refused } = await byMqtt(values);
    for (const { seq: told } of refused) expect(told).to.equal(seq);
    return refused[0]?.code ?? 'committed';
  }

  async function tokenFor(body?: string): Promise<string> {
    const privateKey = readFileSync(credentialsIn(home.path('devices', device.id)).keyFile, 'utf8');
    const covered = body === undefined ? {} : { body: Buffer.from(body) };
    return createDeviceToken({ device: device.id, privateKey, now: Date.now(), ...covered });
  }

  /** What becomes of a message by HTTP: the status and code of its refusal, or `committed`. */
  async function httpFate(values: Record<string, number>): Promise<string> {
    const body = message(values);
    const own = seq;
    const answer = await ask(home, '/api/v1/device/telemetry', {
      ...{ method: 'POST', token: await tokenFor(body), body: JSON.parse(body) },
    });
    if (answer.status !== 202) return `${answer.status} ${problem.parse(answer.body).code}`;
    const committed = async (): Promise<boolean> => {
      const receipts = await ask(home, `/api/v1/device/receipts?from=${own}`, { token: await tokenFor() });
      return receiptsSchema.parse(receipts.body).committed.some(([first]) => first === own);
    };
    await eventually(committed, `message ${own} to be in the database`);
    return 'committed';
  }

  before(async () => {
    members = membersOf(home);
    admin = await signIn(home, 'admin@manufacturer');
    await typeLedger(members.as('admin@manufacturer')).put(definition(TEMPERATURE));
    device = await makeActiveDevice(home, 'typed', name);
    await eventually(
      async () => (await fate({ temperature: 20 })) === 'committed',
      'ingest to know the device',
    );
    await eventually(
      async () => (await httpFate({ temperature: 20 })) === 'committed',
      'the gateway to know it',
    );
  });

  after(() => {
    members.close();
  });

  it('let ingest refuse what a device cannot send, with a code of its own, and take the next message', async () => {
    expect(await fate({ temperature: 20, humidity: 50 })).to.equal('SENSOR_UNKNOWN');
    expect(await fate({ temperature: 125.01 })).to.equal('VALUE_INVALID');
    expect(await fate({ temperature: 125 })).to.equal('committed');
  });

  it('let the gateway refuse it by HTTP', async () => {
    expect(await httpFate({ humidity: 50 })).to.equal('422 SENSOR_UNKNOWN');
    expect(await httpFate({ temperature: -41 })).to.equal('422 VALUE_INVALID');
    expect(await httpFate({ temperature: -40 })).to.equal('committed');
  });

  it('apply to the next message when they are changed on the ledger', async () => {
    const version = await change(TEMPERATURE, HUMIDITY);
    expect(version).to.equal(2);
    await eventually(
      async () => (await fate({ humidity: 50 })) === 'committed',
      'ingest to take the new sensor',
    );
    await eventually(
      async () => (await httpFate({ humidity: 50 })) === 'committed',
      'the gateway to take the new sensor',
    );
    expect(await fate({ humidity: 50.5 })).to.equal('VALUE_INVALID');

    await change(HUMIDITY);
    await eventually(
      async () => (await fate({ temperature: 20 })) === 'SENSOR_UNKNOWN',
      'ingest to refuse the sensor that is gone',
    );
  });

  it('are changed by their organisation alone, and the same again changes nothing', async () => {
    const other = await signIn(home, 'admin@operator');
    const refused = await put({ description: 'mine', sensors: [TEMPERATURE] }, other);
    expect([refused.status, problem.parse(refused.body).code]).to.deep.equal([403, 'FORBIDDEN']);
    const ledger = typeLedger(members.as('admin@operator'));
    const error: unknown = await ledger.put(definition(TEMPERATURE)).catch((caught: unknown) => caught);
    expect(error).to.have.property('code', 'FORBIDDEN');

    // By the peer through which it was changed: another one may be a block behind.
    const before = await ledger.get(name);
    expect(await change(...before.sensors)).to.equal(before.version);
    const shown = await ask(home, `/api/v1/types/${name}`, { token: other });
    expect(typeSchema.parse(shown.body)).to.deep.equal(before);
  });

  it('have to be on the ledger before a device is', async () => {
    const stranger = await makeDevice(home, 'typeless');
    const { id, publicKey } = stranger;
    const body = { devices: [{ id, tenant: TENANT, type: 'thermometre', publicKey }] };
    const answer = await ask(home, '/api/v1/devices', { method: 'POST', token: admin, body });
    expect([answer.status, problem.parse(answer.body).code]).to.deep.equal([404, 'TYPE_UNKNOWN']);

    const folder = mkdtempSync(join(tmpdir(), 'biot-types-'));
    try {
      const keyFile = join(folder, 'public.pem');
      writeFileSync(keyFile, publicKey);
      const script = join(import.meta.dirname, '../../scripts/consortium/register-device.sh');
      const register = (type: string) => runProgram(script, [id, TENANT, type, keyFile, '--activate']);
      const refused = await register('thermometre');
      expect(refused.code).to.equal(1);
      expect(refused.error).to.match(/TYPE_UNKNOWN: .*thermometre/);
      expect(refused.error).to.match(new RegExp(`^Known types: .*\\b${GENERIC}\\b.*\\b${name}\\b`, 'm'));
      const registered = await register(name);
      expect(registered.error).to.equal('');
      expect(JSON.parse(registered.out)).to.include({ id, type: name, status: 'active' });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

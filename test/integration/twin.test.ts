import { expect } from 'chai';
import type { Pool } from 'mariadb';
import { readFileSync } from 'node:fs';

import { type Twin, type TwinDesired, twinSchema } from '../../chaincode/protocol/twin.ts';
import { createDeviceToken } from '../../ingest/device/token.ts';
import { credentialsIn } from '../../network/pki/credentials.ts';
import { twinOf } from '../../sql/writers/twins.ts';
import { openCommanded, stockOptions } from '../harness/commands.ts';
import {
  type Answer,
  ask,
  crash,
  eventually,
  ownerPool,
  runProgram,
  signIn,
  startAgain,
  testHome,
} from '../harness/instance.ts';
import { makeActiveDevice, TENANT, type TestDevice } from '../harness/test-device.ts';

describe('twins on real servers', function () {
  this.timeout(120_000);
  const home = testHome();
  let pool: Pool;
  let device: TestDevice;
  let token: string;
  let path: string;

  before(async () => {
    pool = ownerPool(home);
    device = await makeActiveDevice(home, 'twin');
    token = await signIn(home, 'admin@manufacturer');
    path = `/api/v1/devices/${device.id}/twin`;
  });
  after(() => pool.end());

  const twin = (): Promise<Twin> => twinOf(pool, { device: device.id, tenant: TENANT });

  function want(version: number, properties: unknown): Promise<Answer> {
    return ask(home, `${path}/desired`, { method: 'PUT', token, body: { version, properties } });
  }

  it('tells a device of the library at once, and shows what it reports', async () => {
    const told: TwinDesired[] = [];
    const open = await openCommanded(home, device.id, {}, (desired) => told.push(desired));
    expect((await want(0, { interval: 5, led: { red: 1 } })).status).to.equal(200);
    await eventually(() => told.length > 0, 'what is wanted');
    expect(told[0]).to.deep.equal({
      version: 1,
      properties: { interval: 5, led: { red: 1 } },
      delta: { interval: 5, led: { red: 1 } },
    });
    open.twin.report({ interval: 5, led: { red: 0 } });
    await eventually(async () => (await twin()).reported.version === 1, 'the report');
    const answer = await ask(home, path, { token });
    expect(twinSchema.parse(answer.body)).to.deep.include({ delta: { led: { red: 1 } } });
    expect(twinSchema.parse(answer.body).reported).to.include({ desiredVersion: 1 });
    await open.close();
  });

  it('is asked and told by HTTP, with the device’s token', async () => {
    const { certificateFile, keyFile } = credentialsIn(home.path('devices', device.id));
    const curl = async (path: string, ...options: string[]): Promise<string> => {
      const usual = ['-s', '-w', ' %{http_code}', '--cacert', home.path('pki', 'platform-ca', 'cert.pem')];
      const shown = ['--cert', certificateFile, '--key', keyFile];
      const url = `https://127.0.0.1:${home.ports.gateway}/api/v1/device/twin${path}`;
      return (await runProgram('curl', [...usual, ...shown, ...options, url])).out;
    };
    const put = (body: string, ...options: string[]): Promise<string> =>
      curl('/reported', '-X', 'PUT', '-H', 'Content-Type: application/json', '-d', body, ...options);
    const { desired, reported } = await twin();
    expect(await curl('')).to.include(`"desired":{"version":${desired.version},`);
    const said = JSON.stringify({ properties: { interval: 4 }, desiredVersion: desired.version });
    expect(await put(said), 'by certificate').to.match(/ 202$/);
    await eventually(async () => (await twin()).reported.version > reported.version, 'the report');
    const key = readFileSync(keyFile, 'utf8');
    const next = Buffer.from(JSON.stringify({ properties: { interval: 5 } }));
    const own = await createDeviceToken({ device: device.id, privateKey: key, body: next, now: Date.now() });
    expect(await put(next.toString(), '-H', `Authorization: Bearer ${own}`), 'by token').to.match(/ 202$/);
    await eventually(async () => (await twin()).reported.properties['interval'] === 5, 'the next report');
  });

  it('tells an offline device the newest alone, also after the broker and ingest have crashed', async () => {
    expect((await want(1, { interval: 6 })).status).to.equal(200);
    expect((await want(1, { interval: 7 })).status).to.equal(409);
    expect((await want(2, { interval: 8 })).status).to.equal(200);
    for (const name of ['mosquitto', 'ingest']) await crash(home, name);
    await startAgain();
    const topic = `biot/v1/${TENANT}/${device.id}/desired`;
    const ran = await runProgram('mosquitto_sub', [
      ...stockOptions(home, device.id),
      '-t',
      topic,
      '-C',
      '1',
      '-W',
      '60',
    ]);
    expect(JSON.parse(ran.out)).to.deep.equal({
      version: 3,
      properties: { interval: 8 },
      delta: { interval: 8 },
    });
  });

  it('refuses reports about another device, too large ones, what no database could keep, and what is none', async () => {
    const other = await makeActiveDevice(home, 'other');
    const before = await twin();
    const report = (from: TestDevice, about: string, payload: string): ReturnType<typeof runProgram> =>
      runProgram(
        'mosquitto_pub',
        [...stockOptions(home, from.id), '-t', `biot/v1/${TENANT}/${about}/reported`, '-s'],
        payload,
      );
    const foreign = await report(other, device.id, '{"properties":{}}');
    expect(foreign.out + foreign.error).to.match(/not authori[sz]ed|135/i);
    await report(device, device.id, `{"properties":{"a":"${'x'.repeat(9_000)}"}}`);
    await report(device, device.id, '{"properties":[]}');
    await report(device, device.id, String.raw`{"properties":{"a":"\ud800"}}`);
    await report(device, device.id, String.raw`{"properties":{"\ud800":[]}}`);
    // What was taken before is written before, or with it.
    await report(other, other.id, '{"properties":{"interval":1}}');
    const isThere = async (): Promise<boolean> =>
      (await twinOf(pool, { device: other.id, tenant: TENANT })).reported.version === 1;
    await eventually(isThere, 'the report of the other');
    expect(await twin()).to.deep.equal(before);
    await report(device, device.id, '{"properties":{"interval":8}}');
    await eventually(async () => Object.keys((await twin()).delta).length === 0, 'the report');
    const after = await twin();
    expect(after.desired).to.deep.equal(before.desired);
    expect(after.reported).to.deep.include({
      version: before.reported.version + 1,
      properties: { interval: 8 },
    });
  });

  it('is changed in parts, and by ETag, with curl', async () => {
    const curl = async (...options: string[]): Promise<{ status: string; etag: string; body: string }> => {
      const { out } = await runProgram('curl', [
        ...[
          '-s',
          '--cacert',
          home.path('pki', 'platform-ca', 'cert.pem'),
          '-H',
          `Authorization: Bearer ${token}`,
        ],
        ...['-w', '\n%{http_code}\n%header{etag}', ...options],
        `https://127.0.0.1:${home.ports.gateway}${path}/desired`,
      ]);
      const [body = '', status = '', etag = ''] = out.split('\n');
      return { status, etag, body };
    };
    const patch = (json: string, etag: string): ReturnType<typeof curl> =>
      curl(
        ...[
          '-X',
          'PATCH',
          '-H',
          'Content-Type: application/merge-patch+json',
          '-H',
          `If-Match: ${etag}`,
          '-d',
          json,
        ],
      );
    const { etag, body } = await curl();
    expect(etag).to.equal(`"${(await twin()).desired.version}"`);
    expect(JSON.parse(body)).to.deep.equal((await twin()).desired);
    const changed = await patch('{"led":{"red":3},"old":null}', etag);
    expect(changed.status).to.equal('200');
    expect((await twin()).desired.properties).to.deep.include({ led: { red: 3 } });
    expect((await patch('{"led":null}', etag)).status).to.equal('409');
    expect((await patch('{"led":null}', changed.etag)).status).to.equal('200');
    expect((await twin()).desired.properties).to.not.have.property('led');
  });

  it('loses no change of many that are made at once', async () => {
    const names = Array.from({ length: 8 }, (_, index) => `field${index}`);
    const before = (await twin()).desired.version;
    const answers = await Promise.all(
      names.map((name) =>
        ask(home, `${path}/desired`, {
          method: 'PATCH',
          token,
          headers: { 'content-type': 'application/merge-patch+json' },
          body: { [name]: true },
        }),
      ),
    );
    expect(answers.map(({ status }) => status)).to.deep.equal(names.map(() => 200));
    const { desired } = await twin();
    expect(desired.version).to.equal(before + names.length);
    expect(desired.properties).to.include.keys(names);
  });
});

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { readFileSync } from 'node:fs';

import { expect } from 'chai';
import type { Pool } from 'mariadb';
import { z } from 'zod';

import { csvRecords } from '../../network/import/csv.ts';
import { withConnection } from '../../sql/connection.ts';
import { toDatetime } from '../../sql/columns.ts';
import {
  ask,
  crash,
  eventually,
  ownerPool,
  type Ran,
  runProgram,
  signIn,
  startAgain,
  testHome,
} from '../harness/instance.ts';
import { enrolMember, passwordIn } from '../harness/members.ts';
import { openPublisher } from '../harness/publisher.ts';
import { makeActiveDevice, TENANT, type TestDevice } from '../harness/test-device.ts';

const MESSAGES = 1_500;
/** Rows of no batch, that only make an export long. */
const BULK = 300_000;

describe('an export on a running platform', function () {
  this.timeout(120_000);
  const home = testHome();
  const authority = home.path('pki', 'platform-ca', 'cert.pem');
  let pool: Pool;
  let token: string;
  let device: TestDevice;
  let large: TestDevice;

  const url = (query: string): string =>
    `https://127.0.0.1:${home.ports.gateway}/api/v1/export/telemetry?${query}`;
  const curl = (query: string, ...options: string[]): Promise<Ran> =>
    runProgram('curl', [
      ...['-sS', '--cacert', authority, '-H', `Authorization: Bearer ${token}`, ...options],
      url(query),
    ]);

  before(async () => {
    pool = ownerPool(home);
    token = await signIn(home, 'auditor@auditor');
    [device, large] = await Promise.all([makeActiveDevice(home, 'few'), makeActiveDevice(home, 'many')]);
    const publisher = await openPublisher(home, device);
    publisher.publish(MESSAGES);
    await eventually(() => publisher.seen.committed.size === MESSAGES, 'all receipts');
    await publisher.close();
    await pool.query(
      `INSERT INTO telemetry (telemetry_id, tenant, device_id, epoch, seq, sensor_type, value, timestamp)
       SELECT (1 << 62) + seq, ?, ?, 1, seq, 'noise', seq / 7, ? - INTERVAL seq SECOND FROM seq_1_to_${BULK}`,
      [TENANT, large.id, toDatetime(Date.now())],
    );
  });
  after(async () => {
    await pool.query('DELETE FROM telemetry WHERE device_id = ?', [large.id]);
    await pool.end();
  });

  /** Begins one and reads its first part only. */
  async function begin(query: string): Promise<IncomingMessage> {
    const headers = { authorization: `Bearer ${token}` };
    const asked = request(url(query), { ca: readFileSync(authority), headers, agent: false });
    asked.end();
    const [answer] = z.tuple([z.custom<IncomingMessage>()]).parse(await once(asked, 'response'));
    answer.on('error', () => undefined);
    await once(answer, 'readable');
    return answer;
  }

  async function exportsRunning(): Promise<number> {
    const { body } = await ask(home, '/metrics');
    return Number(/^biot_gateway_exports (\d+)$/m.exec(String(body))?.[1]);
  }

  it('has every reading once, newest first, with the anchor by which it is proved', async () => {
    const { code, out } = await curl(`format=csv&device=${device.id}`);
    expect(code).to.equal(0);
    const [head, ...rows] = [...csvRecords(out)].map((record) => record!.cells);
    const at = (name: string): number => head!.indexOf(name);
    expect(rows).to.have.length(MESSAGES * 2);
    const seqs = rows.map((row) => Number(row[at('seq')]));
    expect(new Set(seqs).size).to.equal(MESSAGES);
    const times = rows.map((row) => row[at('timestamp')]!);
    expect(times).to.deep.equal([...times].sort().reverse());
    const last = rows[0]!;
    await eventually(
      async () => (await ask(home, `/api/v1/telemetry/${last[at('id')]!}/proof`, { token })).status === 200,
      'the proof',
    );
    const { body } = await ask(home, `/api/v1/telemetry/${last[at('id')]!}/proof`, { token });
    const header = z
      .looseObject({ header: z.looseObject({ logId: z.string(), sequence: z.int() }) })
      .parse(body).header;
    expect([header.logId, String(header.sequence)]).to.deep.equal([last[at('log')], last[at('sequence')]]);
  });

  it('is the same as NDJSON, and compressed', async () => {
    const plain = await curl(`format=ndjson&device=${device.id}`);
    const zipped = await curl(`format=ndjson&device=${device.id}`, '--compressed');
    expect(zipped.out).to.equal(plain.out);
    expect(plain.out.trimEnd().split('\n')).to.have.length(MESSAGES * 2);
  });

  it('of 300,000 rows comes whole', async () => {
    const { code, out } = await curl(`format=ndjson&device=${large.id}`, '--compressed');
    expect(code).to.equal(0);
    expect(out.trimEnd().split('\n')).to.have.length(BULK);
  });

  it('gives its place and its connection back when the reader goes away, and refuses a third meanwhile', async () => {
    const answers = [
      await begin(`format=csv&device=${large.id}`),
      await begin(`format=csv&device=${large.id}`),
    ];
    expect(await exportsRunning()).to.equal(2);
    const third = await curl(`format=csv&device=${large.id}`, '-o', '/dev/null', '-w', '%{http_code}');
    expect(third.out).to.equal('429');
    for (const answer of answers) answer.destroy();
    await eventually(async () => (await exportsRunning()) === 0, 'the places');
    const queries = (): Promise<unknown[]> =>
      withConnection(pool, (connection) =>
        connection.query(
          "SELECT id FROM information_schema.PROCESSLIST WHERE user = 'biot_gateway' AND command = 'Query' AND info LIKE '%telemetry%'",
        ),
      );
    await eventually(async () => (await queries()).length === 0, 'the end of their queries');
    expect((await curl(`format=csv&device=${device.id}`)).code).to.equal(0);
  });

  it('shows a member of one tenant nothing of another', async () => {
    const tenant = `alone-${randomBytes(3).toString('hex')}`;
    const name = `reader-${tenant}@operator`;
    const words = ['--as', 'operator', '--name', name, '--role', 'operator', '--tenants', tenant, '--files'];
    const all = token;
    token = await signIn(home, name, passwordIn(await enrolMember(...words)));
    try {
      const refused = await curl(`format=csv&device=${device.id}`, '-w', '%{http_code}');
      expect(refused.out).to.match(/"DEVICE_UNKNOWN".*404$/);
      for (const query of ['', `&tenant=${TENANT}`, '&type=generic'])
        expect((await curl(`format=ndjson${query}`)).out, query).to.equal('');
    } finally {
      token = all;
      await enrolMember('--as', 'operator', '--name', name, '--remove');
    }
  });

  it('breaks off, for curl to see, when the database dies halfway', async () => {
    const slow = curl(`format=ndjson&device=${large.id}`, '--limit-rate', '500k');
    await eventually(async () => (await exportsRunning()) === 1, 'the export to begin');
    await crash(home, 'mariadb');
    const { code, error } = await slow;
    expect(code, error).to.equal(18);
    await startAgain();
    await eventually(async () => (await curl(`format=csv&device=${device.id}`, '-f')).code === 0, 'the next');
  });
});

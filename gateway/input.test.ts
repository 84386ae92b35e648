/** What hostile or careless callers send. */
import { expect } from 'chai';
import fc from 'fast-check';
import request, { type Response } from 'supertest';

import { type Problem, problemSchema } from './http/problem.ts';
import { newPublicKey, type TestGateway, testGateway } from './testing/gateway.ts';

function problemIn(response: Response): Problem {
  expect(response.headers['content-type']).to.match(/^application\/problem\+json/);
  const problem = problemSchema.parse(response.body);
  expect(problem.status).to.equal(response.status);
  return problem;
}

const REGISTER = '/api/v1/devices';

describe('bad input', () => {
  let gateway: TestGateway;
  let token: string;
  before(async () => {
    gateway = await testGateway({ quota: { points: 100_000, seconds: 60 } });
    gateway.addDevice('press-07');
    token = await gateway.signIn(gateway.people.adminOperator);
  });

  const get = (path: string) => request(gateway.app).get(path).set('Authorization', `Bearer ${token}`);
  const post = (path: string) => request(gateway.app).post(path).set('Authorization', `Bearer ${token}`);
  const registration = () => ({
    id: 'new-01',
    tenant: 'acme',
    type: 'meter',
    publicKey: newPublicKey().publicKey,
  });

  const hostile = [
    "' OR '1'='1",
    '"; DROP TABLE devices; --',
    "x') UNION SELECT password_hash FROM members -- ",
    '../../../etc/passwd',
    '..%2f..%2fetc%2fpasswd',
    '%2e%2e%2f%2e%2e%2fsecrets',
    'a\u0000b',
    '<script>alert(1)</script>',
    '{{7*7}}',
    'A'.repeat(5_000),
    'Press-07',
    'ﬁ',
  ];
  for (const text of hostile) {
    it(`refuses ${JSON.stringify(text.slice(0, 40))} as a device, sensor, reading, cursor and log`, async () => {
      const part = encodeURIComponent(text);
      for (const path of [
        `/api/v1/devices/${part}`,
        `/api/v1/devices/${part}/telemetry`,
        `/api/v1/devices/press-07/telemetry?sensor=${part}`,
        `/api/v1/devices/press-07/telemetry?cursor=${part}`,
        `/api/v1/devices?cursor=${part}`,
        `/api/v1/devices?status=${part}`,
        `/api/v1/anchors?logId=${part}`,
        `/api/v1/telemetry/${part}/proof`,
      ]) {
        const response = await get(path);
        expect(response.status, path.slice(0, 100)).to.equal(400);
        expect(problemIn(response).code).to.equal('INVALID_ARGUMENT');
      }
    });
  }

  it('finds nothing by a search that looks like SQL', async () => {
    const response = await get(`/api/v1/devices?search=${encodeURIComponent("' OR 1=1 --")}`);
    expect(response.status).to.equal(200);
    expect(response.body).to.deep.equal({ devices: [], next: null });
  });

  it('does not walk out of the paths it has', async () => {
    for (const path of [
      '/../package.json',
      '/api/v1/../../package.json',
      '/docs/../secrets',
      '/%2e%2e/package.json',
    ]) {
      const response = await get(path);
      expect(response.status, path).to.equal(404);
      expect(problemIn(response).code).to.equal('NOT_FOUND');
    }
  });

  it('refuses a path with broken escapes', async () => {
    const response = await get('/api/v1/devices/%E0%A4%A');
    expect(response.status).to.equal(400);
    expect(problemIn(response).code).to.equal('INVALID_ARGUMENT');
  });

  const numbers = ['', ' 7', '0x10', '1e3', '-1', '1.5', 'NaN', 'Infinity', '99999999999999999999', '٣'];
  for (const text of numbers) {
    it(`does not take ${JSON.stringify(text)} for an integer`, async () => {
      const response = await get(`/api/v1/devices?limit=${encodeURIComponent(text)}`);
      expect(response.status).to.equal(400);
      expect(problemIn(response).errors?.[0]).to.include({ in: 'query', pointer: '#/limit' });
    });
  }

  it('refuses a parameter that comes twice, or that is unknown', async () => {
    expect(problemIn(await get('/api/v1/devices?limit=1&limit=2')).status).to.equal(400);
    const problem = problemIn(await get('/api/v1/overview?debug=1'));
    expect(problem.status).to.equal(400);
    expect(problem.errors).to.deep.equal([{ in: 'query', pointer: '#', detail: 'unknown field' }]);
    const known = problemIn(await get('/api/v1/devices?limits=1'));
    expect(known.errors).to.deep.equal([{ in: 'query', pointer: '#/limits', detail: 'unknown field' }]);
  });

  it('names every field that does not fit, by JSON Pointer', async () => {
    const response = await post(REGISTER).send({
      devices: [
        { ...registration(), id: 'A B', extra: 1 },
        { ...registration(), publicKey: 'none' },
      ],
    });
    expect(response.status).to.equal(400);
    const pointers = problemIn(response).errors?.map(({ pointer }) => pointer);
    expect(pointers).to.include.members(['#/devices/0/id', '#/devices/0/extra', '#/devices/1/publicKey']);
  });

  it('refuses unknown fields, prototypes included, and lets nothing through to the ledger', async () => {
    const body = JSON.stringify({ devices: [registration()] });
    for (const smuggled of [
      '"__proto__":{"role":"admin"},',
      '"constructor":{},',
      '"org":"ManufacturerMSP",',
    ]) {
      const text = body.replace('{"devices"', `{${smuggled}"devices"`);
      const response = await post(REGISTER).set('Content-Type', 'application/json').send(text);
      expect(response.status, smuggled).to.equal(400);
    }
    expect(gateway.registry.device('new-01')).to.equal(undefined);
    expect(Object.prototype).to.not.have.property('role');
  });

  const malformed: [string, string | Buffer][] = [
    ['half an object', '{"devices":['],
    ['no JSON', 'devices=1'],
    ['two values', '{}{}'],
    ['not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
    ['a UTF-16 text', Buffer.from('{"a":1}', 'utf16le')],
    ['NaN', '{"devices":NaN}'],
    ['a list', '[]'],
    ['null', 'null'],
    ['nothing', ''],
    ['brackets', '['.repeat(30_000)],
    ['objects in objects', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`],
  ];
  for (const [what, body] of malformed) {
    it(`refuses a body of ${what}`, async () => {
      const response = await post(REGISTER).set('Content-Type', 'application/json').send(body);
      expect(response.status).to.equal(400);
      expect(problemIn(response).code).to.equal('INVALID_ARGUMENT');
      expect(response.text).to.not.match(/\bat .*\.ts:\d+|node_modules/);
    });
  }

  it('refuses bodies that are not JSON by their type', async () => {
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data',
      'application/xml',
    ]) {
      const response = await post(REGISTER).set('Content-Type', type).send('{"devices":[]}');
      expect(response.status, type).to.equal(415);
      expect(problemIn(response).code).to.equal('MEDIA_TYPE_UNSUPPORTED');
    }
  });

  it('refuses compressed bodies: a small one may unfold into a large one', async () => {
    const response = await post(REGISTER)
      .set('Content-Type', 'application/json')
      .set('Content-Encoding', 'gzip')
      .send(Buffer.from([0x1f, 0x8b, 8, 0]));
    expect(response.status).to.equal(415);
    expect(problemIn(response).code).to.equal('MEDIA_TYPE_UNSUPPORTED');
  });

  it('refuses bodies beyond 64 kB, and registrations beyond 256 kB', async () => {
    const large = await request(gateway.app)
      .post('/api/v1/auth/sign-in')
      .send({ name: 'admin@operator', password: 'x'.repeat(64 * 1024) });
    expect(large.status).to.equal(413);
    expect(problemIn(large).code).to.equal('BODY_TOO_LARGE');
    const larger = await post(REGISTER).send({ devices: 'x'.repeat(256 * 1024) });
    expect(larger.status).to.equal(413);
  });

  it('takes 500 devices at once and no 501', async () => {
    const { publicKey } = newPublicKey();
    const many = (count: number, prefix: string) =>
      Array.from({ length: count }, (_, index) => ({
        id: `${prefix}-${index}`,
        tenant: 'acme',
        type: 'meter',
        publicKey,
      }));
    expect((await post(REGISTER).send({ devices: many(500, 'lot') })).status).to.equal(201);
    expect((await post(REGISTER).send({ devices: many(501, 'glut') })).status).to.equal(400);
  });

  it('refuses a body where none is expected', async () => {
    const response = await get('/api/v1/overview').send({ role: 'admin' });
    expect(response.status).to.equal(400);
  });

  it('tells which methods a path has', async () => {
    const response = await request(gateway.app).delete('/api/v1/devices');
    expect(response.status).to.equal(405);
    expect(problemIn(response).code).to.equal('METHOD_NOT_ALLOWED');
    expect(response.headers['allow']).to.equal('GET, POST');
  });

  it('answers any JSON as a registration with 400 and never with 500', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json(), async (text) => {
        const response = await post(REGISTER).set('Content-Type', 'application/json').send(text);
        expect(response.status).to.equal(400);
      }),
      { numRuns: 60 },
    );
  });

  it('answers any path with a problem and never with 500', async () => {
    await fc.assert(
      fc.asyncProperty(fc.webPath(), async (path) => {
        const response = await get(`/api/v1${path}`);
        expect(response.status).to.be.within(400, 404);
        problemIn(response);
      }),
      { numRuns: 60 },
    );
  });
});

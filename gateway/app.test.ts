import { expect } from 'chai';
import request from 'supertest';

import { problemSchema } from './http/problem.ts';
import { type TestGateway, testGateway } from './testing/gateway.ts';

describe('the application', () => {
  let gateway: TestGateway;
  before(async () => {
    gateway = await testGateway();
  });

  it('tells browsers to trust nothing but our own files, and does not name its framework', async () => {
    const { headers } = await request(gateway.app).get('/healthz');
    const policy = String(headers['content-security-policy']);
    expect(policy)
      .to.include("default-src 'none'")
      .and.include("script-src 'self'")
      .and.include("frame-ancestors 'none'");
    expect(policy).to.not.match(/unsafe|https?:/);
    expect(headers['x-content-type-options']).to.equal('nosniff');
    expect(headers).to.not.have.any.keys('x-powered-by', 'strict-transport-security', 'etag');
  });

  it('keeps answers of the API out of caches', async () => {
    expect((await request(gateway.app).get('/api/v1/auth/me')).headers['cache-control']).to.equal('no-store');
  });

  it('gives each request an id of its own, whatever the caller says', async () => {
    const one = await request(gateway.app).get('/nowhere').set('X-Request-Id', 'evil\u0020id');
    expect(one.headers['x-request-id']).to.match(/^[0-9a-f-]{36}$/);
    expect(problemSchema.parse(one.body).instance).to.equal(
      `urn:uuid:${String(one.headers['x-request-id'])}`,
    );
  });

  it('logs each request with who asked, and never what is secret', async () => {
    const { people, logLines } = gateway;
    const token = await gateway.signIn(people.auditor);
    await request(gateway.app)
      .get('/api/v1/devices?search=private-matter')
      .set('Authorization', `Bearer ${token}`);
    const text = logLines.join('');
    expect(text).to.include('"who":"auditor@auditor"').and.include('"path":"/api/v1/devices"');
    expect(text).to.not.include(token);
    expect(text).to.not.include(people.auditor.password);
    expect(text).to.not.include('private-matter').and.not.include('biot_refresh');
  });

  it('tells the log, and not the caller, why it failed', async () => {
    const token = await gateway.signIn(gateway.people.auditor);
    gateway.store.totals = () => Promise.reject(new Error('secret cause at /srv/secret.ts'));
    const response = await request(gateway.app)
      .get('/api/v1/overview')
      .set('Authorization', `Bearer ${token}`);
    expect(response.status).to.equal(500);
    expect(problemSchema.parse(response.body).code).to.equal('INTERNAL');
    expect(response.text).to.not.include('secret');
    expect(gateway.logLines.join('')).to.include('secret cause');
  });

  it('does not tell the caller where the database is', async () => {
    const other = await testGateway();
    const token = await other.signIn(other.people.auditor);
    other.store.up = false;
    const response = await request(other.app).get('/api/v1/anchors').set('Authorization', `Bearer ${token}`);
    expect(response.status).to.equal(503);
    expect(problemSchema.parse(response.body).code).to.equal('DATABASE_UNAVAILABLE');
    expect(response.text).to.not.include('sock');
  });

  it('slows down who asks too often, and says for how long', async () => {
    const busy = await testGateway({ quota: { points: 3, seconds: 60 } });
    const statuses = [];
    for (let count = 0; count < 4; count += 1)
      statuses.push((await request(busy.app).get('/api/v1/auth/me')).status);
    expect(statuses).to.deep.equal([401, 401, 401, 429]);
    const response = await request(busy.app).get('/api/v1/auth/me');
    expect(Number(response.headers['retry-after'])).to.be.within(1, 60);
    expect(problemSchema.parse(response.body).code).to.equal('RATE_LIMITED');
    expect((await request(busy.app).get('/healthz')).status).to.equal(200);
  });

  it('answers, without TLS, to loopback names only (DNS rebinding)', async () => {
    const plain = await testGateway({ loopbackOnly: true });
    for (const host of ['127.0.0.1:8441', 'localhost', '[::1]:8441'])
      expect((await request(plain.app).get('/healthz').set('Host', host)).status, host).to.equal(200);
    for (const host of ['evil.example', '127.0.0.1.evil.example', 'localhost.evil.example:8441', '']) {
      const response = await request(plain.app).get('/healthz').set('Host', host);
      expect(response.status, host).to.be.oneOf([400, 403]);
    }
  });
});

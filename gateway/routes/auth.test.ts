import { expect } from 'chai';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import request, { type Response } from 'supertest';

import { problemSchema } from '../http/problem.ts';
import { dig, textAt } from '../testing/answers.ts';
import { type TestGateway, testGateway } from '../testing/gateway.ts';

function cookieOf(response: Response): string {
  const [cookie = ''] = [response.headers['set-cookie'] ?? ''].flat();
  return cookie;
}

/** What a browser sends back. */
function pairOf(response: Response): string {
  return cookieOf(response).split(';')[0] ?? '';
}

function codeOf(response: Response): string {
  return problemSchema.parse(response.body).code;
}

describe('sign-in routes', () => {
  let gateway: TestGateway;
  beforeEach(async () => {
    gateway = await testGateway();
  });

  const signIn = (name: string, password: string) =>
    request(gateway.app).post('/api/v1/auth/sign-in').send({ name, password });
  const asAuditor = () => signIn(gateway.people.auditor.name, gateway.people.auditor.password);
  const refresh = (cookie: string) =>
    request(gateway.app).post('/api/v1/auth/refresh').set('Cookie', cookie).set('X-Biot-Request', '1');
  const me = (token: string) =>
    request(gateway.app).get('/api/v1/auth/me').set('Authorization', `Bearer ${token}`);

  it('signs in a person as the certificate says', async () => {
    const response = await asAuditor();
    expect(response.status).to.equal(200);
    expect(response.body).to.have.all.keys('accessToken', 'expiresIn', 'member');
    expect(dig(response, 'expiresIn')).to.equal(600);
    expect(dig(response, 'member')).to.deep.equal({
      name: 'auditor@auditor',
      role: 'auditor',
      org: 'AuditorMSP',
      tenants: '*',
    });
    expect((await me(textAt(response, 'accessToken'))).body).to.deep.equal(dig(response, 'member'));
  });

  it('gives an EdDSA token for ten minutes', async () => {
    const accessToken = textAt(await asAuditor(), 'accessToken');
    expect(decodeProtectedHeader(accessToken)).to.include({ alg: 'EdDSA', typ: 'at+jwt' });
    const { exp = 0, iat = 0, aud, iss } = decodeJwt(accessToken);
    expect({ lifetime: exp - iat, aud, iss }).to.deep.equal({
      lifetime: 600,
      aud: 'biot-api',
      iss: 'biot-gateway',
    });
  });

  it('keeps the refresh token from scripts, other sites and other paths', async () => {
    expect(cookieOf(await asAuditor())).to.match(
      /^biot_refresh_8440=[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}; Path=\/api\/v1\/auth; Max-Age=3600; HttpOnly; SameSite=Strict$/,
    );
  });

  it('answers an unknown name and a wrong password alike', async () => {
    const unknown = await signIn('nobody@operator', 'password');
    const wrong = await signIn('admin@operator', 'password');
    expect(unknown.status).to.equal(401);
    expect(wrong.status).to.equal(401);
    expect({ ...unknown.body, instance: '' }).to.deep.equal({ ...wrong.body, instance: '' });
    expect(cookieOf(wrong)).to.equal('');
  });

  it('refreshes with the cookie, which is another one each time', async () => {
    const first = await asAuditor();
    const second = await refresh(pairOf(first));
    expect(second.status).to.equal(200);
    expect(pairOf(second)).to.not.equal(pairOf(first));
    expect((await me(textAt(second, 'accessToken'))).status).to.equal(200);
    expect((await refresh(pairOf(second))).status).to.equal(200);
  });

  it('ends the session when an old refresh token comes again', async () => {
    const first = await asAuditor();
    const second = await refresh(pairOf(first));
    const replay = await refresh(pairOf(first));
    expect(replay.status).to.equal(401);
    expect(codeOf(replay)).to.equal('TOKEN_INVALID');
    expect(cookieOf(replay)).to.match(/^biot_refresh_8440=; .*Max-Age=0/);
    expect((await refresh(pairOf(second))).status).to.equal(401);
    expect((await me(textAt(second, 'accessToken'))).status).to.equal(401);
  });

  it('refuses to refresh without a token, or with an invented one', async () => {
    expect(codeOf(await refresh('other=1'))).to.equal('UNAUTHENTICATED');
    expect(codeOf(await refresh(`biot_refresh_8440=${'A'.repeat(22)}.${'B'.repeat(43)}`))).to.equal(
      'TOKEN_INVALID',
    );
    expect(codeOf(await refresh('biot_refresh_8440=; biot_refresh_8440=<script>'))).to.equal(
      'UNAUTHENTICATED',
    );
  });

  it('leaves the cookie of another instance on the same host alone', async () => {
    const cookie = pairOf(await asAuditor()).replace('biot_refresh_8440=', 'biot_refresh_8540=');
    expect(codeOf(await refresh(cookie))).to.equal('UNAUTHENTICATED');
  });

  it('does not let other origins use the cookie', async () => {
    const cookie = pairOf(await asAuditor());
    const from = (origin: string) =>
      request(gateway.app)
        .post('/api/v1/auth/refresh')
        .set('Cookie', cookie)
        .set('Host', '127.0.0.1:8441')
        .set('Origin', origin)
        .set('X-Biot-Request', '1');
    for (const origin of ['https://evil.example', 'http://127.0.0.1:9999', 'https://127.0.0.1:8441', 'null'])
      expect(codeOf(await from(origin)), origin).to.equal('FORBIDDEN');
    const bare = await request(gateway.app).post('/api/v1/auth/refresh').set('Cookie', cookie);
    expect(codeOf(bare)).to.equal('FORBIDDEN');
    expect((await from('http://127.0.0.1:8441')).status).to.equal(200);
  });

  it('signs out: neither token is worth anything any more', async () => {
    const response = await asAuditor();
    const out = await request(gateway.app)
      .post('/api/v1/auth/sign-out')
      .set('Cookie', pairOf(response))
      .set('X-Biot-Request', '1')
      .send({});
    expect(out.status).to.equal(204);
    expect(out.text).to.equal('');
    expect(cookieOf(out)).to.match(/Max-Age=0/);
    expect((await me(textAt(response, 'accessToken'))).status).to.equal(401);
    expect((await refresh(pairOf(response))).status).to.equal(401);
    expect(gateway.parts.sessions.size).to.equal(0);
  });

  it('lets nobody sign others out from another origin', async () => {
    const response = await asAuditor();
    const out = await request(gateway.app)
      .post('/api/v1/auth/sign-out')
      .set('Cookie', pairOf(response))
      .set('Origin', 'https://evil.example');
    expect(out.status).to.equal(403);
    expect((await me(textAt(response, 'accessToken'))).status).to.equal(200);
  });

  it('ends an idle session after an hour, and any after twelve', async () => {
    const idle = await asAuditor();
    gateway.pass(60 * 60_000);
    expect(codeOf(await refresh(pairOf(idle)))).to.equal('TOKEN_EXPIRED');
    let cookie = pairOf(await asAuditor());
    for (let half = 1; half <= 23; half += 1) {
      gateway.pass(30 * 60_000);
      const response = await refresh(cookie);
      expect(response.status).to.equal(200);
      cookie = pairOf(response);
    }
    gateway.pass(30 * 60_000);
    expect(codeOf(await refresh(cookie))).to.equal('TOKEN_EXPIRED');
  });

  it('answers 503, not 401, when the database is away', async () => {
    gateway.store.up = false;
    const response = await asAuditor();
    expect(response.status).to.equal(503);
    expect(codeOf(response)).to.equal('DATABASE_UNAVAILABLE');
  });
});

describe('guessing passwords', () => {
  const strict = { points: 3, seconds: 60 };
  const loose = { points: 1_000, seconds: 60 };
  const signIn = (gateway: TestGateway, name: string, password = 'guess') =>
    request(gateway.app).post('/api/v1/auth/sign-in').send({ name, password });

  it('is stopped for a name after some failures, though the next guess be right', async () => {
    const gateway = await testGateway({ quotas: { pair: strict, network: loose, name: loose } });
    const { name, password } = gateway.people.auditor;
    for (let count = 0; count < 3; count += 1) expect((await signIn(gateway, name)).status).to.equal(401);
    const blocked = await signIn(gateway, name, password);
    expect(blocked.status).to.equal(429);
    expect(codeOf(blocked)).to.equal('RATE_LIMITED');
    expect(Number(blocked.headers['retry-after'])).to.be.greaterThan(0);
    const { operator } = gateway.people;
    expect((await signIn(gateway, operator.name, operator.password)).status).to.equal(200);
  });

  it('is stopped for an address that tries many names', async () => {
    const gateway = await testGateway({ quotas: { pair: loose, network: strict, name: loose } });
    const statuses = [];
    for (const name of ['a@a', 'b@b', 'c@c', 'd@d']) statuses.push((await signIn(gateway, name)).status);
    expect(statuses).to.deep.equal([401, 401, 401, 429]);
  });

  it('counts attempts that are made at once', async () => {
    const gateway = await testGateway({ quotas: { pair: strict, network: loose, name: loose } });
    const answers = await Promise.all(Array.from({ length: 8 }, () => signIn(gateway, 'admin@operator')));
    expect(answers.filter(({ status }) => status === 429)).to.have.length(5);
  });

  it('does not count what was right', async () => {
    const gateway = await testGateway({ quotas: { pair: strict, network: strict, name: strict } });
    const { name, password } = gateway.people.auditor;
    for (let count = 0; count < 5; count += 1)
      expect((await signIn(gateway, name, password)).status).to.equal(200);
  });
});

/** Every route against callers who may not: derived from the list of routes, so that a new one is tried too. */
import { createHmac, createSign, generateKeyPairSync } from 'node:crypto';

import { expect } from 'chai';
import { exportSPKI, SignJWT } from 'jose';
import request, { type Test } from 'supertest';

import { DEVICE_SCHEME, PERSON_SCHEME } from './http/access.ts';
import { problemSchema } from './http/problem.ts';
import type { Route } from './http/route.ts';
import { routes } from './routes/index.ts';
import { type TestGateway, testGateway, testTokenKey } from './testing/gateway.ts';

const secured = (scheme: string): Route[] =>
  routes.filter(({ access }) => access.security.some((requirement) => scheme in requirement));
const people = secured(PERSON_SCHEME);
const devices = secured(DEVICE_SCHEME);

/** A path of the route, with ids that exist nowhere. */
function pathOf({ path }: Route): string {
  return path
    .replace('/telemetry/{id}/', '/telemetry/1/')
    .replace('/audit/{id}/', '/audit/1/')
    .replace('/proposals/{id}', `/proposals/${'ab'.repeat(32)}`)
    .replace('{name}', 'press')
    .replace('{id}', 'press-07');
}

function ask({ app }: TestGateway, route: Route, authorization?: string): Test {
  const test = request(app)[route.method](pathOf(route));
  return authorization === undefined ? test : test.set('Authorization', authorization);
}

async function refused(test: Test, status: number, code: string): Promise<void> {
  const response = await test;
  expect(response.status, response.text).to.equal(status);
  expect(response.headers['content-type']).to.match(/^application\/problem\+json/);
  const problem = problemSchema.parse(response.body);
  expect(problem.code).to.equal(code);
  expect(problem.status).to.equal(status);
  expect(problem.instance).to.equal(`urn:uuid:${String(response.headers['x-request-id'])}`);
}

function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** The claims of a good token under another header and signature. */
function resigned(token: string, header: object, sign: (input: string) => string): string {
  const input = `${encoded(header)}.${token.split('.')[1] ?? ''}`;
  return `${input}.${sign(input)}`;
}

interface Claims {
  sid: string;
  aud?: string;
  iss?: string;
  typ?: string;
}

function accessToken(
  gateway: TestGateway,
  { sid, aud = 'biot-api', iss = 'biot-gateway', typ = 'at+jwt' }: Claims,
  key = gateway.tokenKey,
): Promise<string> {
  const now = Math.floor(gateway.now() / 1000);
  return new SignJWT({ sid })
    .setProtectedHeader({ alg: 'EdDSA', typ })
    .setIssuer(iss)
    .setAudience(aud)
    .setSubject('admin@operator')
    .setJti('x')
    .setIssuedAt(now)
    .setExpirationTime(now + 300)
    .sign(key.privateKey);
}

/** Tokens that somebody without our key could make, or that were made for something else. */
async function forgedTokens(gateway: TestGateway): Promise<Record<string, string>> {
  const good = await gateway.signIn(gateway.people.adminOperator);
  const { sessionId } = await gateway.parts.tokens.verify(good);
  const publicPem = await exportSPKI(gateway.tokenKey.publicKey);
  const { privateKey: rsa } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const [header = '', payload = '', signature = ''] = good.split('.');
  const raised = encoded({
    ...JSON.parse(Buffer.from(payload, 'base64url').toString()),
    role: 'admin',
    sub: 'root',
  });
  return {
    'no signature (alg none)': resigned(good, { alg: 'none', typ: 'at+jwt' }, () => ''),
    'an HMAC keyed with the public key': resigned(good, { alg: 'HS256', typ: 'at+jwt' }, (input) =>
      createHmac('sha256', publicPem).update(input).digest('base64url'),
    ),
    'an RSA signature with a key in the header': resigned(
      good,
      { alg: 'RS256', typ: 'at+jwt', jwk: {} },
      (input) => createSign('sha256').update(input).sign(rsa, 'base64url'),
    ),
    'another Ed25519 key': await accessToken(gateway, { sid: sessionId }, await testTokenKey()),
    'another audience': await accessToken(gateway, { sid: sessionId, aud: 'biot-gateway' }),
    'another issuer': await accessToken(gateway, { sid: sessionId, iss: 'somebody' }),
    'another type': await accessToken(gateway, { sid: sessionId, typ: 'JWT' }),
    'changed claims': `${header}.${raised}.${signature}`,
    'a cut signature': good.slice(0, -4),
    'no token at all': 'abc',
  };
}

describe('access to the routes', () => {
  let gateway: TestGateway;
  let forged: Record<string, string>;
  /** Another gateway, whose time has moved on. */
  let later: TestGateway;
  let expired: string;
  before(async () => {
    gateway = await testGateway();
    forged = await forgedTokens(gateway);
    later = await testGateway();
    expired = await later.signIn(later.people.adminOperator);
    later.pass(600_000);
  });

  it('is secured everywhere but where it must be open', () => {
    const open = routes.filter(({ access }) => access.security.length === 0).map(({ path }) => path);
    expect(open).to.deep.equal([
      '/api/v1/auth/sign-in',
      '/api/v1/onboarding/claims',
      '/api/v1/onboarding/certificates',
      '/api/v1/signing/proposals',
      '/api/v1/signing/endorsements',
      '/api/v1/signing/submissions',
      '/api/v1/signing/commit-status',
      '/healthz',
      '/readyz',
      '/metrics',
      '/openapi.json',
      '/docs',
    ]);
  });

  for (const route of [...people, ...devices]) {
    describe(`${route.method} ${route.path}`, () => {
      it('is refused without a token, and told how', async () => {
        const response = ask(gateway, route);
        await refused(response, 401, 'UNAUTHENTICATED');
        expect((await ask(gateway, route)).headers['www-authenticate']).to.match(/^Bearer/);
      });

      it('is refused with another scheme', () =>
        refused(ask(gateway, route, 'Basic YWRtaW46YWRtaW4='), 401, 'UNAUTHENTICATED'));
    });
  }

  for (const route of people) {
    describe(`${route.method} ${route.path}`, () => {
      it('is refused with every forged token', async () => {
        for (const [what, token] of Object.entries(forged))
          await refused(ask(gateway, route, `Bearer ${token}`), 401, 'TOKEN_INVALID').catch(
            (error: unknown) => {
              throw new Error(what, { cause: error });
            },
          );
      });

      it('is refused with an expired token', () =>
        refused(ask(later, route, `Bearer ${expired}`), 401, 'TOKEN_EXPIRED'));

      it('is refused once the session has ended', async () => {
        const token = await gateway.signIn(gateway.people.adminOperator);
        const { sessionId } = await gateway.parts.tokens.verify(token);
        gateway.parts.sessions.end(sessionId);
        await refused(ask(gateway, route, `Bearer ${token}`), 401, 'TOKEN_EXPIRED');
      });

      it('is refused with a device’s token', async () => {
        const { device, privateKey } = gateway.addDevice('sly-01');
        const now = Math.floor(gateway.now() / 1000);
        const token = await new SignJWT({})
          .setProtectedHeader({ alg: 'ES256' })
          .setIssuer(device.id)
          .setSubject(device.id)
          .setAudience('biot-gateway')
          .setJti('12345678')
          .setIssuedAt(now)
          .setExpirationTime(now + 60)
          .sign(privateKey);
        await refused(ask(gateway, route, `Bearer ${token}`), 401, 'TOKEN_INVALID');
      });
    });
  }

  for (const route of devices) {
    it(`${route.method} ${route.path} is refused with a person’s token`, async () => {
      const token = await gateway.signIn(gateway.people.adminOperator);
      await refused(ask(gateway, route, `Bearer ${token}`), 401, 'TOKEN_INVALID');
    });
  }

  /** What is asked by POST, and what people change of their own. */
  const apart = [
    'changePassword',
    'explainDecision',
    'dryRunChange',
    'dryRunImport',
    'tryAlertRule',
    'subscribeBrowser',
    'unsubscribeBrowser',
  ];
  /** What an operator may do, too. */
  const operates = [
    'issueCommand',
    'approveCommand',
    'rejectCommand',
    'cancelCommand',
    'acknowledgeAlert',
    'clearAlert',
    'assignAlert',
    'commentAlert',
    'snoozeAlert',
    'putDesired',
    'patchDesired',
  ];
  const changes = people.filter(({ method, operation }) => method !== 'get' && !apart.includes(operation));
  it('knows which routes change something that is everybody’s', () => {
    expect(changes.map(({ operation }) => operation)).to.deep.equal([
      'registerDevices',
      'activateDevice',
      'suspendDevice',
      'revokeDevice',
      'putDesired',
      'patchDesired',
      'putType',
      'rotateDeviceKey',
      'reprovisionDevice',
      'labelDevice',
      'transferDevice',
      'cancelTransfer',
      'acceptTransfer',
      'createClaim',
      'withdrawClaim',
      'createVoucher',
      'withdrawVoucher',
      'redeemVoucher',
      'beginImport',
      'issueCommand',
      'approveCommand',
      'rejectCommand',
      'cancelCommand',
      'defineCommand',
      'publishRelease',
      'approveRelease',
      'rejectRelease',
      'withdrawRelease',
      'uploadImage',
      'registerVendorKey',
      'revokeVendorKey',
      'createRollout',
      'approveRollout',
      'pauseRollout',
      'resumeRollout',
      'cancelRollout',
      'acknowledgeAlert',
      'clearAlert',
      'assignAlert',
      'commentAlert',
      'snoozeAlert',
      'putAlertRule',
      'deleteAlertRule',
      'importAlertRules',
      'addNotificationChannel',
      'changeNotificationChannel',
      'renewNotificationSecret',
      'removeNotificationChannel',
      'testNotificationChannel',
      'sendDeadLetterAgain',
      'discardDeadLetter',
      'addStream',
      'changeStream',
      'renewStreamSecret',
      'removeStream',
      'proposeChange',
      'approveProposal',
      'rejectProposal',
      'withdrawProposal',
    ]);
  });

  for (const route of changes) {
    const others = operates.includes(route.operation)
      ? (['auditor'] as const)
      : (['operator', 'auditor'] as const);
    for (const person of others) {
      it(`${route.operation} is refused to the ${person}, before anything else is looked at`, async () => {
        const token = await gateway.signIn(gateway.people[person]);
        const test = ask(gateway, route, `Bearer ${token}`).send({ nonsense: true });
        await refused(test, 403, 'FORBIDDEN');
      });
    }
  }

  // Whatever is an object is a merge patch.
  for (const operation of [...operates.filter((each) => each !== 'patchDesired'), 'tryAlertRule']) {
    it(`${operation} by one who may is told what is wrong with it`, async () => {
      const route = people.find((each) => each.operation === operation);
      const token = await gateway.signIn(gateway.people.operator);
      const response = await ask(gateway, route!, `Bearer ${token}`).send({ nonsense: true });
      expect(response.status, response.text).to.equal(400);
      expect(problemSchema.parse(response.body).code).to.equal('INVALID_ARGUMENT');
    });
  }
});

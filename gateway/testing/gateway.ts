/** A whole gateway in memory, for tests: every part real but ledger, database and broker. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Express } from 'express';
import { generateKeyPair } from 'jose';
import { pino } from 'pino';
import request from 'supertest';
import { z } from 'zod';

import type { Device } from '../../chaincode/protocol/device.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { Subject } from '../../chaincode/protocol/policy/request.ts';
import { ReplayCache, verifyDeviceToken } from '../../network/device-token/verify.ts';
import { AlertNewsFeed } from '../alerts/news-feed.ts';
import { type AppOptions, createApp } from '../app.ts';
import { AuditRecorder } from '../audit/recorder.ts';
import { AccessTokens } from '../auth/access-tokens.ts';
import { RefreshCookie } from '../auth/refresh-cookie.ts';
import { SESSION_LIMITS, Sessions } from '../auth/sessions.ts';
import { SignIn } from '../auth/sign-in.ts';
import { SignInLimits, type SignInQuotas } from '../auth/sign-in-limits.ts';
import type { TokenKey } from '../auth/token-key.ts';
import { CommandDesk } from '../commands/command-desk.ts';
import { OrderPolls } from '../commands/order-polls.ts';
import { openFirmware } from '../firmware/firmware.ts';
import { Fleet } from '../fleet.ts';
import { placesOfAllKinds } from '../http/large-bodies.ts';
import { type Quota, RateLimit } from '../http/rate-limit.ts';
import { Imports } from '../imports/imports.ts';
import { MemberDirectory } from '../member-directory.ts';
import { Metrics } from '../metrics.ts';
import { Onboarding } from '../onboarding/onboarding.ts';
import { Organisations } from '../organisations.ts';
import type { Parts, Relay, Signed } from '../parts.ts';
import { Policy } from '../policy/policy.ts';
import { EvidenceMaker } from '../proofs/evidence-maker.ts';
import { SIGNING_QUOTA } from '../routes/signing.ts';
import { SigningDesk } from '../signing/signing-desk.ts';
import { FakeAlerts } from './fake-alerts.ts';
import { FakeFirmware } from './fake-firmware.ts';
import { FakeRollouts } from './fake-rollouts.ts';
import { fakePolicies } from './fake-policies.ts';
import { fakeTypes } from './fake-types.ts';
import { FakeCommands } from './fake-commands.ts';
import { FakeOrders } from './fake-orders.ts';
import { FakeIssuer, FakeOnboarding } from './fake-onboarding.ts';
import { FakeNotifications } from './fake-notifications.ts';
import { FakeOfflineCalls } from './fake-offline-calls.ts';
import { FakeLog } from './fake-log.ts';
import { FakeRegistry } from './fake-registry.ts';
import { FakeTwins } from './fake-twins.ts';
import { FakeTrail } from './fake-trail.ts';
import { FakeReports } from './fake-reports.ts';
import { FakeStore } from './fake-store.ts';
import { FakeStreams } from './fake-streams.ts';
import { memberOf, storedMember, type TestMember, testConsortium } from './members.ts';

export class FakeRelay implements Relay {
  connected = true;
  readonly sent: (Pick<Signed, 'what' | 'body' | 'token' | 'vouched'> & { device: string })[] = [];

  send({ device, what, body, token, vouched }: Signed): Promise<void> {
    if (!this.connected) return Promise.reject(new BiotError('BROKER_UNAVAILABLE', 'connect ECONNREFUSED'));
    this.sent.push({ device: device.id, what, body, token, vouched });
    return Promise.resolve();
  }
}

export interface TestDevice {
  device: Device;
  privateKey: KeyObject;
}

export interface TestGateway {
  app: Express;
  parts: Parts;
  store: FakeStore;
  reports: FakeReports;
  alerts: FakeAlerts;
  notifications: FakeNotifications;
  streams: FakeStreams;
  registry: FakeRegistry;
  /** The rules of the other channel. */
  anchorsChannel: FakeRegistry;
  log: FakeLog;
  trail: FakeTrail;
  relay: FakeRelay;
  orders: FakeOrders;
  onboarding: FakeOnboarding;
  commands: FakeCommands;
  issuer: FakeIssuer;
  firmware: FakeFirmware;
  rollouts: FakeRollouts;
  offline: FakeOfflineCalls;
  tokenKey: TokenKey;
  people: Readonly<Record<'adminManufacturer' | 'adminOperator' | 'operator' | 'auditor', TestMember>>;
  logLines: string[];
  /** Moves the clock on, in milliseconds. */
  pass(ms: number): void;
  now(): number;
  /** Signs a person in. @returns the access token */
  signIn(person: TestMember): Promise<string>;
  /** Signs a new member of the operator's in, who serves these tenants as a certificate writes them. @returns the token */
  signInFor(tenants: string, role: string): Promise<string>;
  addDevice(id: string, fields?: Partial<Device>): TestDevice;
}

/** Images of firmware of all gateways of this run. */
const images = mkdtempSync(join(tmpdir(), 'biot-images-'));
process.once('exit', () => {
  rmSync(images, { recursive: true });
});

/** Making certificates and argon2 hashes is slow: once for all tests. */
const shared = (async () => {
  const consortium = await testConsortium();
  const people = {
    adminManufacturer: await memberOf(consortium.manufacturer, 'admin@manufacturer', 'admin'),
    adminOperator: await memberOf(consortium.operator, 'admin@operator', 'admin'),
    operator: await memberOf(consortium.operator, 'operator@operator', 'operator'),
    auditor: await memberOf(consortium.auditor, 'auditor@auditor', 'auditor'),
  };
  const stored = await Promise.all(Object.values(people).map(storedMember));
  return { consortium, people, stored };
})();

export async function testTokenKey(): Promise<TokenKey> {
  const pair = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  return { kid: 'test', ...pair };
}

export function newPublicKey(): { publicKey: string; privateKey: KeyObject } {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    publicKey: pair.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    privateKey: pair.privateKey,
  };
}

export interface TestGatewayOptions extends AppOptions {
  quotas?: SignInQuotas;
  /** Of devices without a certificate. */
  onboardingQuota?: Quota;
  signingQuota?: Quota;
  certificateSuffices?: boolean;
}

/** As whom the gateway acts for devices. */
const SERVICE: Subject = { org: 'OperatorMSP', name: 'gateway@operator', role: 'gateway', tenants: '*' };

const grantSchema = z.object({ accessToken: z.string() });

export async function testGateway({
  quotas,
  onboardingQuota = { points: 1_000, seconds: 60 },
  signingQuota = SIGNING_QUOTA,
  certificateSuffices = true,
  ...options
}: TestGatewayOptions = {}): Promise<TestGateway> {
  const { consortium, people, stored } = await shared;
  let now = Date.now();
  const clock = (): number => now;
  const store = new FakeStore();
  for (const member of stored) store.memberRows.set(member.name, member);
  const alerts = new FakeAlerts();
  const notifications = new FakeNotifications();
  const streams = new FakeStreams();
  const registry = new FakeRegistry();
  const anchorsChannel = new FakeRegistry();
  const log = new FakeLog(store);
  const relay = new FakeRelay();
  const orders = new FakeOrders();
  const onboarding = new FakeOnboarding(registry, clock);
  const commands = new FakeCommands(registry, clock);
  const issuer = new FakeIssuer();
  const firmware = new FakeFirmware(registry);
  const rollouts = new FakeRollouts(registry, firmware);
  const offline = new FakeOfflineCalls();
  const sessions = new Sessions(clock);
  const tokenKey = await testTokenKey();
  const replay = new ReplayCache({ since: now });
  const logLines: string[] = [];
  const organisations = new Organisations(consortium.authorities);
  const signIn = new SignIn({
    member: (name) => store.member(name),
    replacePassword: store.replacePassword,
    organisations,
    limits: new SignInLimits(quotas),
    sessions,
    connect: ({ subject, certificate }) => ({
      registry: registry.actingAs(subject),
      types: fakeTypes(registry, subject),
      policies: { registry: fakePolicies(registry, subject), anchors: fakePolicies(anchorsChannel, subject) },
      claims: onboarding.claimsFor(subject),
      vouchers: onboarding.vouchersFor(subject),
      commands: commands.actingAs(subject),
      firmware: firmware.actingAs(subject),
      rollouts: rollouts.actingAs(subject),
      certificate,
      close: () => undefined,
    }),
    clock,
  });
  const trail = new FakeTrail();
  const reports = new FakeReports(store);
  const fleet = new Fleet(registry);
  const policy = new Policy(registry);
  const audit = new AuditRecorder({ trail, fleet, clock, log: { warn: () => undefined } });
  const parts: Parts = {
    clock,
    log: pino({ level: 'info' }, { write: (line) => logLines.push(line) }),
    store,
    audit,
    alerts,
    alertNews: new AlertNewsFeed(),
    notifications,
    streams,
    twins: new FakeTwins(),
    fleet,
    policy,
    directory: new MemberDirectory({
      people: store.members,
      issued: () => store.issued,
      organisations,
      anchors: log,
      clock,
    }),
    organisations,
    anchors: log,
    evidence: new EvidenceMaker(store, log),
    reports,
    deviceTokens: {
      verify: (token, body) =>
        verifyDeviceToken({
          token,
          mirror: registry,
          replay,
          clock,
          ...(body === undefined ? {} : { body }),
        }),
    },
    relay,
    certificateSuffices,
    onboarding: new Onboarding({ claims: onboarding.claimsFor(SERVICE), issuer, fleet, clock }),
    onboardingLimit: new RateLimit(onboardingQuota),
    meetingPlace: { authority: 'the platform’s authority', broker: { host: 'broker.test', port: 8442 } },
    commands: new CommandDesk(),
    orders: new OrderPolls(orders, fleet, 2),
    firmware: openFirmware({
      folder: mkdtempSync(join(images, 'gateway-')),
      ledger: firmware.actingAs(SERVICE),
      clock,
      mostDownloads: 2,
    }),
    imports: new Imports({ sessions, fleet, audit, sleep: () => Promise.resolve() }),
    largeBodies: placesOfAllKinds(),
    sessions,
    sessionLimits: SESSION_LIMITS,
    refreshCookie: new RefreshCookie(8440),
    tokens: new AccessTokens(tokenKey, clock),
    signIn,
    signing: new SigningDesk({
      ledger: offline,
      organisations,
      policy,
      fleet,
      clock,
    }),
    signingLimit: new RateLimit(signingQuota),
    metrics: new Metrics(),
    checkAnswers: true,
  };
  const app = createApp(parts, options);
  const signInAs = async ({ name, password }: TestMember): Promise<string> => {
    const response = await request(app).post('/api/v1/auth/sign-in').send({ name, password });
    return grantSchema.parse(response.body).accessToken;
  };
  return {
    app,
    parts,
    store,
    reports,
    alerts,
    notifications,
    streams,
    registry,
    anchorsChannel,
    log,
    trail,
    relay,
    orders,
    onboarding,
    commands,
    issuer,
    firmware,
    rollouts,
    offline,
    tokenKey,
    people,
    logLines,
    now: clock,
    pass: (ms) => {
      now += ms;
    },
    signIn: signInAs,
    signInFor: async (tenants, role) => {
      const name = `${tenants.replaceAll(/[^a-z0-9]/g, '-')}-${role}@operator`.replace(/^-/, 'all-');
      const member = await memberOf(consortium.operator, name, role, tenants);
      store.memberRows.set(name, await storedMember(member));
      return signInAs(member);
    },
    addDevice: (id, fields = {}) => {
      const { publicKey, privateKey } = newPublicKey();
      return { device: registry.add(id, { publicKey, ...fields }), privateKey };
    },
  };
}

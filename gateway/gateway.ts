/** The gateway put together from the real parts of an installation. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Logger } from 'pino';

import { CHECKOUT, type Home } from '../network/home/home.ts';
import { type CertificateIssuer, issuerClient } from '../network/issuing/client.ts';
import { anchorLedger } from '../network/ledger/anchors.ts';
import { connectLedger, type LedgerClient } from '../network/ledger/client.ts';
import { authoritiesOf, memberConnection } from '../network/ledger/member-connection.ts';
import { claimLedger } from '../network/ledger/onboarding.ts';
import { ReplayCache, verifyDeviceToken } from '../network/device-token/verify.ts';
import { type RegistryMirror, startMirror } from '../network/mirror/registry-mirror.ts';
import { credentialsIn } from '../network/pki/credentials.ts';
import { allIssued } from '../network/pki/issued.ts';
import { connect, type Database, homeDatabase } from '../sql/connect.ts';
import { createApp } from './app.ts';
import { AccessTokens } from './auth/access-tokens.ts';
import type { MemberAuthority } from './auth/member-certificate.ts';
import { RefreshCookie } from './auth/refresh-cookie.ts';
import { SESSION_LIMITS, type SessionLimits, Sessions } from './auth/sessions.ts';
import { SignIn } from './auth/sign-in.ts';
import { SignInLimits } from './auth/sign-in-limits.ts';
import { readTokenKey } from './auth/token-key.ts';
import { BrokerClient } from './broker/broker-client.ts';
import type { Clock } from './clock.ts';
import type { GatewayConfig } from './config.ts';
import { Fleet } from './fleet.ts';
import { LargeBodies } from './http/large-bodies.ts';
import { RateLimit } from './http/rate-limit.ts';
import { Imports } from './imports/imports.ts';
import { LiveHub } from './live/live-hub.ts';
import { LiveServer } from './live/live-server.ts';
import { MemberDirectory } from './member-directory.ts';
import { memberLedgers } from './member-ledgers.ts';
import { followMembership } from './membership.ts';
import { Metrics } from './metrics.ts';
import { Onboarding } from './onboarding/onboarding.ts';
import { Organisations } from './organisations.ts';
import type { Parts } from './parts.ts';
import { Policy } from './policy/policy.ts';
import { EvidenceMaker } from './proofs/evidence-maker.ts';
import { SIGNING_QUOTA } from './routes/signing.ts';
import { drain, httpServer, httpsServer, listen, LOOPBACK, type ServerCredentials } from './servers.ts';
import { tokenKeyFile } from './setup/token-key.ts';
import { SigningDesk } from './signing/signing-desk.ts';
import { sqlStore } from './sql-store.ts';

const SWEEP_MS = 60_000;

export interface Gateway {
  /** Stops taking requests, finishes those under way, and closes all connections. */
  close(): Promise<void>;
}

/** The servers that the gateway is connected to, none of which need be there yet. */
interface Connections {
  readonly database: Database;
  readonly service: LedgerClient;
  readonly mirror: RegistryMirror;
  readonly broker: BrokerClient;
}

/**
 * Starts serving. Ledger, database and broker may come later: `/readyz` says what is missing.
 *
 * @throws BiotError NOT_SET_UP, CONFIGURATION_INVALID, PORT_TAKEN
 */
export async function startGateway(home: Home, config: GatewayConfig, log: Logger): Promise<Gateway> {
  const connections = connectAll(home, config, log);
  const { broker, mirror } = connections;
  const parts = await assemble(home, { config, connections, log });
  const hub = new LiveHub({
    source: broker,
    tokens: parts.tokens,
    sessions: parts.sessions,
    clock: parts.clock,
    policy: parts.policy,
    fleet: parts.fleet,
  });
  const live = new LiveServer({ hub });
  parts.metrics.watch({
    sessions: () => parts.sessions.size,
    liveConnections: () => hub.size,
    devices: () => mirror.size,
    ledgerSilentMs: () => mirror.freshness().silentMs,
  });
  const quota = { points: config.requestsPerMinute, seconds: 60 };
  const secure = httpsServer(createApp(parts, { quota }), serverCredentials(home));
  const plain = httpServer(
    createApp(parts, { quota, loopbackOnly: true, dashboard: join(CHECKOUT, 'dashboard', 'dist') }),
  );
  live.attach(secure, { loopbackOnly: false });
  live.attach(plain, { loopbackOnly: true });
  const sweeping = setInterval(() => {
    parts.sessions.sweep();
  }, SWEEP_MS);
  const endFollowing = followMembership({
    authorities: () => memberAuthorities(home),
    revoked: () => connections.service.revoked('registry'),
    parts,
  });

  const close = async (): Promise<void> => {
    clearInterval(sweeping);
    endFollowing();
    live.close();
    await Promise.all([drain(secure), drain(plain)]);
    parts.sessions.endAll();
    await closeAll(connections);
  };
  try {
    await listen(secure, home.ports.gateway);
    await listen(plain, home.ports.dashboard);
  } catch (error) {
    await close();
    throw error;
  }
  return { close };
}

function connectAll(home: Home, { member, silenceBoundMs }: GatewayConfig, log: Logger): Connections {
  const database = connect(homeDatabase(home, 'biot_gateway'));
  const service = connectLedger(memberConnection(home, member));
  const mirror = startMirror({
    client: service,
    channel: 'registry',
    silenceBoundMs,
    snapshotFile: home.path('data', 'gateway', 'registry.json'),
    log: log.child({ module: 'mirror' }),
  });
  const files = credentialsIn(home.path('pki', 'gateway-mqtt'));
  const broker = new BrokerClient({
    url: `mqtts://${LOOPBACK}:${home.ports.mqttInternal}`,
    authority: read(platformAuthority(home)),
    certificate: read(files.certificateFile),
    key: read(files.keyFile),
    log: log.child({ module: 'broker' }),
  });
  return { database, service, mirror, broker };
}

async function closeAll({ database, service, mirror, broker }: Connections): Promise<void> {
  await Promise.all([mirror.close(), broker.close(), database.close()]);
  service.close();
}

interface Materials {
  config: GatewayConfig;
  connections: Connections;
  log: Logger;
}

async function assemble(home: Home, { config, connections, log }: Materials): Promise<Parts> {
  const { database, service, mirror, broker } = connections;
  const clock: Clock = () => Date.now();
  const store = sqlStore(database, clock);
  const anchors = anchorLedger(service);
  const sessionLimits: SessionLimits = {
    ...SESSION_LIMITS,
    idleMs: config.sessionIdleMs,
    absoluteMs: config.sessionMs,
  };
  const sessions = new Sessions(clock, sessionLimits);
  const replay = new ReplayCache({ since: clock() });
  const organisations = new Organisations(memberAuthorities(home));
  const fleet = new Fleet(mirror);
  const policy = new Policy(mirror);
  return {
    clock,
    log,
    store,
    fleet,
    policy,
    directory: new MemberDirectory({
      people: () => store.members(),
      issued: () => allIssued(home),
      organisations,
      anchors,
      clock,
    }),
    organisations,
    anchors,
    evidence: new EvidenceMaker(store, anchors),
    deviceTokens: {
      verify: (token, body) =>
        verifyDeviceToken({ token, mirror, replay, clock, ...(body === undefined ? {} : { body }) }),
    },
    relay: broker,
    onboarding: new Onboarding({ claims: claimLedger(service), issuer: issuerOf(home), fleet, clock }),
    onboardingLimit: new RateLimit({ points: config.onboardingPerMinute, seconds: 60 }),
    meetingPlace: {
      authority: read(platformAuthority(home)),
      broker: { host: config.brokerHost, port: home.ports.mqtt },
    },
    imports: new Imports({ sessions, fleet, sleep: (ms) => sleep(ms) }),
    largeBodies: { files: new LargeBodies('files'), signed: new LargeBodies('signed') },
    sessions,
    sessionLimits,
    refreshCookie: new RefreshCookie(home.ports.gateway),
    tokens: new AccessTokens(await readTokenKey(tokenKeyFile(home)), clock),
    signIn: new SignIn({
      member: (name) => store.member(name),
      replacePassword: (replacement) => store.replacePassword(replacement),
      organisations,
      limits: new SignInLimits(),
      sessions,
      connect: memberLedgers(service),
      clock,
    }),
    signing: new SigningDesk({ ledger: service.offline, organisations, policy, fleet, clock }),
    signingLimit: new RateLimit(SIGNING_QUOTA),
    metrics: new Metrics(),
    checkAnswers: false,
  };
}

function memberAuthorities(home: Home): MemberAuthority[] {
  return [...authoritiesOf(home)].map(([mspId, certificate]) => ({ mspId, certificate }));
}

function platformAuthority(home: Home): string {
  return home.path('pki', 'platform-ca', 'cert.pem');
}

/** The gateway shows the certificate that it shows to the broker, too. */
function issuerOf(home: Home): CertificateIssuer {
  const { certificateFile, keyFile } = credentialsIn(home.path('pki', 'gateway-mqtt'));
  return issuerClient({
    port: home.ports.issuer,
    authority: read(platformAuthority(home)),
    certificate: read(certificateFile),
    key: read(keyFile),
  });
}

function serverCredentials(home: Home): ServerCredentials {
  const { certificateFile, keyFile } = credentialsIn(home.path('pki', 'gateway'));
  return { certificate: read(certificateFile), key: read(keyFile) };
}

function read(file: string): string {
  return readFileSync(file, 'utf8');
}

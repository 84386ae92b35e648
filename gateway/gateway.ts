/** The gateway put together from the real parts of an installation. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Logger } from 'pino';

import { CHECKOUT, type Home } from '../network/home/home.ts';
import { type CertificateIssuer, issuerClient } from '../network/issuing/client.ts';
import { anchorLedger } from '../network/ledger/anchors.ts';
import { firmwareLedger } from '../network/ledger/firmware.ts';
import { authoritiesOf } from '../network/ledger/member-connection.ts';
import { claimLedger } from '../network/ledger/onboarding.ts';
import { ReplayCache, verifyDeviceToken } from '../network/device-token/verify.ts';
import { readPublicPushKey } from '../network/notifications/push-keys.ts';
import { readSealingKey } from '../network/notifications/secrets.ts';
import { credentialsIn } from '../network/pki/credentials.ts';
import { repeat } from '../network/repeat.ts';
import { systemTime } from '../network/time.ts';
import { allIssued } from '../network/pki/issued.ts';
import { sqlTwinStore } from './twin-store.ts';
import { sqlAlertStore } from './alerts/alert-store.ts';
import { AlertNewsFeed } from './alerts/news-feed.ts';
import { createApp } from './app.ts';
import { AuditRecorder } from './audit/recorder.ts';
import { AccessTokens } from './auth/access-tokens.ts';
import type { MemberAuthority } from './auth/member-certificate.ts';
import { RefreshCookie } from './auth/refresh-cookie.ts';
import { SESSION_LIMITS, type SessionLimits, Sessions } from './auth/sessions.ts';
import { SignIn } from './auth/sign-in.ts';
import { SignInLimits } from './auth/sign-in-limits.ts';
import { readTokenKey } from './auth/token-key.ts';
import type { Clock } from './clock.ts';
import type { GatewayConfig } from './config.ts';
import { CommandDesk } from './commands/command-desk.ts';
import { OrderPolls } from './commands/order-polls.ts';
import { closeAll, connectAll, type Connections } from './connections.ts';
import { openFirmware } from './firmware/firmware.ts';
import { Fleet } from './fleet.ts';
import { placesOfAllKinds } from './http/large-bodies.ts';
import { RateLimit } from './http/rate-limit.ts';
import { Imports } from './imports/imports.ts';
import { LiveHub } from './live/live-hub.ts';
import { LiveServer } from './live/live-server.ts';
import { MemberDirectory } from './member-directory.ts';
import { memberLedgers } from './member-ledgers.ts';
import { followMembership } from './membership.ts';
import { Metrics } from './metrics.ts';
import { sqlNotificationStore } from './notifications/notification-store.ts';
import { Onboarding } from './onboarding/onboarding.ts';
import { Organisations } from './organisations.ts';
import type { Parts } from './parts.ts';
import { Policy } from './policy/policy.ts';
import { EvidenceMaker } from './proofs/evidence-maker.ts';
import { sqlReportStore } from './reports/report-store.ts';
import { SIGNING_QUOTA } from './routes/signing.ts';
import { drain, httpServer, httpsServer, listen, type ServerCredentials } from './servers.ts';
import { tokenKeyFile } from './setup/token-key.ts';
import { SigningDesk } from './signing/signing-desk.ts';
import { sqlStore } from './sql-store.ts';
import { sqlStreamStore } from './streams/stream-store.ts';
import { timedLedger } from './timed-ledger.ts';

const SWEEP_MS = 60_000;
/** Refusals that are counted come to the audit trail so often, if there are any. */
const COUNT_MS = 1_000;

export interface Gateway {
  /** Stops taking requests, finishes those under way, and closes all connections. */
  close(): Promise<void>;
}

/**
 * Starts serving. Ledger, database and broker may come later: `/readyz` says what is missing.
 *
 * @throws BiotError NOT_SET_UP, CONFIGURATION_INVALID, PORT_TAKEN
 */
export async function startGateway(home: Home, config: GatewayConfig, log: Logger): Promise<Gateway> {
  const metrics = new Metrics();
  const connections = connectAll(home, { config, metrics, log });
  const { broker, mirror, onAnchored, ownLog } = connections;
  const parts = await assemble(home, { config, connections, metrics, log });
  const hub = new LiveHub({
    source: broker,
    tokens: parts.tokens,
    sessions: parts.sessions,
    clock: parts.clock,
    policy: parts.policy,
    fleet: parts.fleet,
  });
  parts.alertNews.listen((news) => {
    hub.tell(news);
  });
  const live = new LiveServer({ hub });
  onAnchored.add((anchored) => {
    hub.anchored(anchored);
  });
  ownLog.start();
  const counting = new AbortController();
  const counted = repeat(
    {
      name: 'audit',
      everyMs: COUNT_MS,
      retryMs: COUNT_MS,
      task: () => parts.audit.flush(),
      log,
      time: systemTime,
    },
    counting.signal,
  );
  parts.metrics.watch({
    sessions: () => parts.sessions.size,
    liveConnections: () => hub.size,
    exports: () => parts.largeBodies.exports.size,
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
    parts.orders.close();
    await Promise.all([drain(secure), drain(plain)]);
    parts.sessions.endAll();
    counting.abort();
    const flushed = parts.audit.flush({ all: true }).catch((error: unknown) => {
      log.warn({ err: error }, 'the last refusals are not in the audit trail');
    });
    await closeAll(connections);
    await Promise.all([counted, flushed]);
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

interface Materials {
  config: GatewayConfig;
  connections: Connections;
  metrics: Metrics;
  log: Logger;
}

async function assemble(home: Home, { config, connections, metrics, log }: Materials): Promise<Parts> {
  const { database, service, mirror, broker, ownLog } = connections;
  const clock: Clock = () => Date.now();
  const store = sqlStore(database, clock);
  const ledger = timedLedger(service, metrics);
  const anchors = anchorLedger(ledger);
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
  const audit = new AuditRecorder({
    trail: ownLog.trail,
    fleet,
    clock,
    log: log.child({ module: 'audit' }),
  });
  return {
    clock,
    log,
    store,
    audit,
    alerts: sqlAlertStore(database),
    alertNews: new AlertNewsFeed(),
    notifications: sqlNotificationStore(database, {
      sealingKey: readSealingKey(home),
      pushKey: readPublicPushKey(home),
    }),
    streams: sqlStreamStore(database, readSealingKey(home)),
    twins: sqlTwinStore(database),
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
    reports: sqlReportStore(database.pool),
    deviceTokens: {
      verify: (token, body) =>
        verifyDeviceToken({ token, mirror, replay, clock, ...(body === undefined ? {} : { body }) }),
    },
    relay: broker,
    onboarding: new Onboarding({ claims: claimLedger(ledger), issuer: issuerOf(home), fleet, clock }),
    onboardingLimit: new RateLimit({ points: config.onboardingPerMinute, seconds: 60 }),
    meetingPlace: {
      authority: read(platformAuthority(home)),
      broker: { host: config.brokerHost, port: home.ports.mqtt },
    },
    commands: new CommandDesk(),
    orders: new OrderPolls(broker, fleet),
    firmware: openFirmware({ folder: home.path('data', 'firmware'), ledger: firmwareLedger(service), clock }),
    imports: new Imports({ sessions, fleet, audit, sleep: (ms) => sleep(ms) }),
    largeBodies: placesOfAllKinds(),
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
      connect: memberLedgers(service, metrics),
      clock,
    }),
    signing: new SigningDesk({ ledger: service.offline, organisations, policy, fleet, clock }),
    signingLimit: new RateLimit(SIGNING_QUOTA),
    metrics,
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
  const clients = read(home.path('pki', 'devices-ca', 'cert.pem'));
  return { certificate: read(certificateFile), key: read(keyFile), clients };
}

function read(file: string): string {
  return readFileSync(file, 'utf8');
}

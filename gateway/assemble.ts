/** The parts of a gateway, made of what an installation has. */
import { setTimeout as sleep } from 'node:timers/promises';

import type { Logger } from 'pino';

import { type Home } from '../network/home/home.ts';
import { anchorLedger } from '../network/ledger/anchors.ts';
import { firmwareLedger } from '../network/ledger/firmware.ts';
import { claimLedger } from '../network/ledger/onboarding.ts';
import { ReplayCache, verifyDeviceToken } from '../network/device-token/verify.ts';
import { readPublicPushKey } from '../network/notifications/push-keys.ts';
import { readSealingKey } from '../network/notifications/secrets.ts';
import { allIssued } from '../network/pki/issued.ts';
import { sqlTwinStore } from './twin-store.ts';
import { sqlAlertStore } from './alerts/alert-store.ts';
import { AlertNewsFeed } from './alerts/news-feed.ts';
import { AuditRecorder } from './audit/recorder.ts';
import { AccessTokens } from './auth/access-tokens.ts';
import { RefreshCookie } from './auth/refresh-cookie.ts';
import { SESSION_LIMITS, type SessionLimits, Sessions } from './auth/sessions.ts';
import { SignIn } from './auth/sign-in.ts';
import { SignInLimits } from './auth/sign-in-limits.ts';
import { readTokenKey } from './auth/token-key.ts';
import type { Clock } from './clock.ts';
import type { GatewayConfig } from './config.ts';
import { CommandDesk } from './commands/command-desk.ts';
import { OrderPolls } from './commands/order-polls.ts';
import { type Connections } from './connections.ts';
import { openFirmware } from './firmware/firmware.ts';
import { Fleet } from './fleet.ts';
import { placesOfAllKinds } from './http/large-bodies.ts';
import { RateLimit } from './http/rate-limit.ts';
import { Imports } from './imports/imports.ts';
import { MemberDirectory } from './member-directory.ts';
import { memberLedgers } from './member-ledgers.ts';
import { Metrics } from './metrics.ts';
import { sqlNotificationStore } from './notifications/notification-store.ts';
import { Onboarding } from './onboarding/onboarding.ts';
import { Organisations } from './organisations.ts';
import type { Parts } from './parts.ts';
import { Policy } from './policy/policy.ts';
import { EvidenceMaker } from './proofs/evidence-maker.ts';
import { sqlReportStore } from './reports/report-store.ts';
import { SIGNING_QUOTA } from './routes/signing.ts';
import { tokenKeyFile } from './setup/token-key.ts';
import { SigningDesk } from './signing/signing-desk.ts';
import { sqlStore } from './sql-store.ts';
import { sqlStreamStore } from './streams/stream-store.ts';
import { timedLedger } from './timed-ledger.ts';
import { issuerOf, memberAuthorities, platformAuthority } from './credentials.ts';

interface Materials {
  config: GatewayConfig;
  connections: Connections;
  metrics: Metrics;
  log: Logger;
}

export async function assemble(home: Home, { config, connections, metrics, log }: Materials): Promise<Parts> {
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
    certificateSuffices: config.certificateSuffices,
    onboarding: new Onboarding({ claims: claimLedger(ledger), issuer: issuerOf(home), fleet, clock }),
    onboardingLimit: new RateLimit({ points: config.onboardingPerMinute, seconds: 60 }),
    meetingPlace: {
      authority: platformAuthority(home),
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

import type { Logger } from 'pino';

import type { Device } from '../chaincode/protocol/device.ts';
import type { AnchorLedger } from '../network/ledger/anchors.ts';
import type { AuditRecorder } from './audit/recorder.ts';
import type { TwinStore } from './twin-store.ts';
import type { AlertStore } from './alerts/alert-store.ts';
import type { AlertNewsFeed } from './alerts/news-feed.ts';
import type { AccessTokens } from './auth/access-tokens.ts';
import type { RefreshCookie } from './auth/refresh-cookie.ts';
import type { SessionLimits, Sessions } from './auth/sessions.ts';
import type { SignIn } from './auth/sign-in.ts';
import type { Clock } from './clock.ts';
import type { CommandDesk } from './commands/command-desk.ts';
import type { OrderPolls } from './commands/order-polls.ts';
import type { Firmware } from './firmware/firmware.ts';
import type { Fleet } from './fleet.ts';
import type { LargeBodies, LargeBody } from './http/large-bodies.ts';
import type { RateLimit } from './http/rate-limit.ts';
import type { Imports } from './imports/imports.ts';
import type { MemberDirectory } from './member-directory.ts';
import type { Metrics } from './metrics.ts';
import type { NotificationStore } from './notifications/notification-store.ts';
import type { Onboarding } from './onboarding/onboarding.ts';
import type { Organisations } from './organisations.ts';
import type { Policy } from './policy/policy.ts';
import type { EvidenceMaker } from './proofs/evidence-maker.ts';
import type { ReportStore } from './reports/report-store.ts';
import type { SigningDesk } from './signing/signing-desk.ts';
import type { Store } from './store.ts';
import type { StreamStore } from './streams/stream-store.ts';

/** Something that a device signed. */
export interface Signed {
  readonly device: Pick<Device, 'id' | 'tenant'>;
  readonly what: 'telemetry' | 'answer' | 'reported';
  readonly body: Uint8Array;
  /** The token that signs it; without one it is a COSE_Sign1, unless we vouch for it. */
  readonly token?: string | undefined;
  /** The device has shown its certificate, and signed nothing. */
  readonly vouched?: true | undefined;
}

/** What devices send by HTTP, on its way to the ingest workers. */
export interface Relay {
  readonly connected: boolean;
  /** @throws BiotError BROKER_UNAVAILABLE when the broker did not take it, or nobody is there to read it */
  send(signed: Signed): Promise<void>;
}

/** Everything that the routes work with: made in `main.ts`, or by a test. */
export interface Parts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly store: Store;
  /** What people and services do here. */
  readonly audit: AuditRecorder;
  readonly alerts: AlertStore;
  readonly alertNews: AlertNewsFeed;
  readonly notifications: NotificationStore;
  readonly streams: StreamStore;
  readonly twins: TwinStore;
  readonly fleet: Fleet;
  /** Who may do what, as the channel `registry` has it. */
  readonly policy: Policy;
  readonly directory: MemberDirectory;
  readonly organisations: Organisations;
  /** The channel `anchors`, asked as the gateway's own service member. */
  readonly anchors: Pick<AnchorLedger, 'logs' | 'list'>;
  readonly evidence: EvidenceMaker;
  readonly reports: ReportStore;
  readonly deviceTokens: {
    /**
     * @param body what the token's digest must be of; undefined for a request without a body
     * @throws BiotError TOKEN_INVALID, TOKEN_EXPIRED or DEVICE_NOT_ACTIVE
     */
    verify(token: string, body: Uint8Array | undefined): Promise<Device>;
  };
  readonly relay: Relay;
  /** Whether what a device sends needs no signature of its own when it has shown its certificate. */
  readonly certificateSuffices: boolean;
  readonly onboarding: Onboarding;
  /** Requests of devices that have no certificate yet, by network. */
  readonly onboardingLimit: RateLimit;
  /** Where devices send their messages, and the authority (PEM) by which they know that it is the right place. */
  readonly meetingPlace: { readonly authority: string; readonly broker: { host: string; port: number } };
  readonly commands: CommandDesk;
  /** Devices that wait for orders. */
  readonly orders: OrderPolls;
  readonly firmware: Firmware;
  readonly imports: Imports;
  readonly largeBodies: Readonly<Record<LargeBody, LargeBodies>>;
  readonly sessions: Sessions;
  readonly sessionLimits: Pick<SessionLimits, 'idleMs' | 'absoluteMs'>;
  readonly refreshCookie: RefreshCookie;
  readonly tokens: AccessTokens;
  readonly signIn: SignIn;
  /** For members who keep their keys to themselves. */
  readonly signing: SigningDesk;
  /** Their requests, by network. */
  readonly signingLimit: RateLimit;
  readonly metrics: Metrics;
  /** Checks every answer against its documented schema: for tests. */
  readonly checkAnswers: boolean;
}

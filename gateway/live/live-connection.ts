import type { Device } from '../../chaincode/protocol/device.ts';
import type { AlertNews } from '../../chaincode/protocol/alerts/alert.ts';
import { BiotError, type ErrorCode } from '../../chaincode/protocol/errors.ts';
import type { Action } from '../../chaincode/protocol/policy/actions.ts';
import type { Resource, Subject } from '../../chaincode/protocol/policy/request.ts';
import type { LiveReading } from '../../chaincode/protocol/receipt.ts';
import type { AccessTokens } from '../auth/access-tokens.ts';
import type { Session, Sessions } from '../auth/sessions.ts';
import type { Clock } from '../clock.ts';
import type { Judge } from '../policy/judge.ts';
import { resourceOf } from '../../chaincode/protocol/policy/device-resource.ts';
import { resourceOfAlert } from '../routes/alert-views.ts';
import { CLOSE, type ClientFrame, clientFrameSchema, type ServerFrame } from './frames.ts';

/** The part of a WebSocket that is used here. */
export interface LiveSocket {
  readonly bufferedAmount: number;
  send(text: string): void;
  close(code: number): void;
  terminate(): void;
}

export interface LiveConnectionOptions {
  socket: LiveSocket;
  tokens: Pick<AccessTokens, 'verify'>;
  sessions: Pick<Sessions, 'use'>;
  clock: Clock;
  /** Who decides what the client may hear of. */
  judge: (subject: Subject) => Judge;
  device: (id: string) => Device | undefined;
  onWatch: () => void;
  /** Milliseconds within which the client has to sign in. */
  signInMs?: number;
}

const SIGN_IN_MS = 5_000;
/** Bytes that may wait for a client that reads slowly: some thousand readings. */
const MOST_BUFFERED = 1024 * 1024;
/** Frames of a client that may wait while one before them is looked at. */
const MOST_WAITING = 16;
/** How long a closing handshake may take; a client that reads nothing never answers it. */
const GOODBYE_MS = 2_000;

const CODES: readonly (readonly [ErrorCode, number])[] = [
  ['INVALID_ARGUMENT', CLOSE.malformed],
  ['FORBIDDEN', CLOSE.forbidden],
];

/** One client: it must sign in, says what it watches, and is closed when its token expires or it falls behind. */
export class LiveConnection {
  readonly #options: LiveConnectionOptions;
  #session: Session | undefined;
  #judge: Judge | undefined;
  #expiry: NodeJS.Timeout;
  #work: Promise<void> = Promise.resolve();
  #waiting = 0;
  #open = true;
  watched: ReadonlySet<string> | '*' = new Set();
  #watchesCommands = false;
  #watchesAlerts = false;

  constructor(options: LiveConnectionOptions) {
    this.#options = options;
    this.#expiry = setTimeout(() => {
      this.#end('UNAUTHENTICATED', 'no sign-in in time', CLOSE.signInTimeout);
    }, options.signInMs ?? SIGN_IN_MS);
  }

  get sessionId(): string | undefined {
    return this.#session?.id;
  }

  /** Takes a frame of the client. Frames are dealt with one after another. */
  receive(text: string): void {
    if (this.#waiting >= MOST_WAITING) {
      this.#end('RATE_LIMITED', 'too many frames at once', CLOSE.tooMany);
      return;
    }
    this.#waiting += 1;
    this.#work = this.#work.then(async () => {
      this.#waiting -= 1;
      await this.#handle(text).catch((error: unknown) => {
        this.#refuse(error);
      });
    });
  }

  /**
   * Whether it watches the device and may: asked for each reading, since the rules may have changed since the last.
   *
   * @param action that it takes to know this of a device
   */
  wants(
    { device: id, tenant }: Pick<LiveReading, 'device' | 'tenant'>,
    action: 'telemetry:read' | 'device:read' = 'telemetry:read',
  ): boolean {
    if (this.watched !== '*' && !this.watched.has(id)) return false;
    const device = this.#options.device(id);
    // A reading stays its own tenant's, also when the device has just become another's.
    return device !== undefined && this.#may(action, { ...resourceOf(device), tenant });
  }

  get wantsAnchors(): boolean {
    return this.#may('anchor:read', {});
  }

  /** Whether it asked to hear of commands, and may of this one. */
  wantsCommand({ tenant, device: id }: { tenant: string; device: string | null }): boolean {
    if (!this.#watchesCommands) return false;
    const device = id === null ? undefined : this.#options.device(id);
    return this.#may('command:read', { ...(device !== undefined && resourceOf(device)), tenant });
  }

  /** Whether it asked to hear of alerts, and may of this one. */
  wantsAlert(news: Pick<AlertNews, 'device' | 'tenant'>): boolean {
    return (
      this.#watchesAlerts && this.#may('alert:read', resourceOfAlert(news, { known: this.#options.device }))
    );
  }

  /** @param text a frame, in JSON already: it is the same for all clients */
  deliver(text: string): void {
    if (!this.#open) return;
    if (this.#options.socket.bufferedAmount > MOST_BUFFERED) {
      this.#end('RATE_LIMITED', 'frames were not read fast enough', CLOSE.tooSlow);
      return;
    }
    this.#options.socket.send(text);
  }

  sessionEnded(): void {
    this.#end('TOKEN_EXPIRED', 'the session has ended', CLOSE.unauthenticated);
  }

  goAway(): void {
    this.#close(CLOSE.goingAway);
  }

  /** The socket is closed, by whichever side. */
  closed(): void {
    this.#open = false;
    this.#session = undefined;
    this.#judge = undefined;
    this.watched = new Set();
    this.#watchesCommands = false;
    this.#watchesAlerts = false;
    clearTimeout(this.#expiry);
  }

  async #handle(text: string): Promise<void> {
    if (!this.#open) return;
    const frame = parseFrame(text);
    if (frame.type === 'sign-in') await this.#signIn(frame.token);
    else this.#watch(frame);
  }

  async #signIn(token: string): Promise<void> {
    const { tokens, sessions, clock } = this.#options;
    const { sessionId, expiresAt } = await tokens.verify(token);
    const session = sessions.use(sessionId);
    if (session === undefined) throw new BiotError('TOKEN_EXPIRED', 'the session has ended: sign in again');
    const judge = this.#options.judge(session.member);
    judge.requireForAnything('telemetry:read');
    // The client may have gone while its token was looked at.
    if (!this.#isOpen()) return;
    this.#session = session;
    this.#judge = judge;
    clearTimeout(this.#expiry);
    this.#expiry = setTimeout(() => {
      this.#end('TOKEN_EXPIRED', 'the access token has expired', CLOSE.unauthenticated);
    }, expiresAt - clock());
    this.#send({ type: 'signed-in', expiresAt });
  }

  #watch({ devices, commands, alerts }: Extract<ClientFrame, { type: 'watch' }>): void {
    if (this.#session === undefined) throw new BiotError('UNAUTHENTICATED', 'sign in first');
    this.watched = devices === '*' ? '*' : new Set(devices);
    this.#watchesCommands = commands;
    this.#watchesAlerts = alerts;
    this.#options.onWatch();
  }

  #refuse(error: unknown): void {
    const { code, message } =
      error instanceof BiotError ? error : new BiotError('INTERNAL', 'unexpected failure');
    this.#end(code, message, CODES.find(([known]) => known === code)?.[1] ?? CLOSE.unauthenticated);
  }

  #send(frame: ServerFrame): void {
    this.deliver(JSON.stringify(frame));
  }

  #end(code: ErrorCode, detail: string, closeCode: number): void {
    if (!this.#open) return;
    const frame: ServerFrame = { type: 'problem', code, detail };
    this.#options.socket.send(JSON.stringify(frame));
    this.#close(closeCode);
  }

  #close(code: number): void {
    if (!this.#open) return;
    this.closed();
    const { socket } = this.#options;
    socket.close(code);
    setTimeout(() => {
      socket.terminate();
    }, GOODBYE_MS).unref();
  }

  #may(action: Action, resource: Resource): boolean {
    return this.#judge?.allows(action, resource) === true;
  }

  #isOpen(): boolean {
    return this.#open;
  }
}

function parseFrame(text: string): ClientFrame {
  try {
    return clientFrameSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new BiotError('INVALID_ARGUMENT', 'not a frame that is understood here', { cause });
  }
}

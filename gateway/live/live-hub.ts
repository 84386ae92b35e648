import { z } from 'zod';

import { type AlertNews, alertNewsSchema } from '../../chaincode/protocol/alerts/alert.ts';
import { commandNewsSchema } from '../../chaincode/protocol/command/news.ts';
import { presenceNewsSchema } from '../../chaincode/protocol/presence/presence.ts';
import {
  type Anchored,
  anchoredSchema,
  type LiveReading,
  liveReadingSchema,
} from '../../chaincode/protocol/receipt.ts';
import type { AccessTokens } from '../auth/access-tokens.ts';
import type { Sessions } from '../auth/sessions.ts';
import type { Clock } from '../clock.ts';
import type { Fleet } from '../fleet.ts';
import { Judge } from '../policy/judge.ts';
import type { Policy } from '../policy/policy.ts';
import type { ServerFrame } from './frames.ts';
import { LiveConnection, type LiveSocket } from './live-connection.ts';
import type { LiveSource } from './live-source.ts';

export interface LiveHubOptions {
  source: LiveSource;
  tokens: Pick<AccessTokens, 'verify'>;
  sessions: Pick<Sessions, 'use' | 'onEnd'>;
  clock: Clock;
  policy: Policy;
  fleet: Pick<Fleet, 'known'>;
  signInMs?: number;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

const ANCHORED = /^biot\/anchored\//;
const COMMAND_NEWS = /^biot\/commands\/([^/]+)$/;
const ALERTS = /^biot\/alerts\//;
const PRESENCE = /^biot\/presence\//;

/** Hands what the broker sends to the clients that watch it, and tells the broker what anyone watches. */
export class LiveHub {
  readonly #options: LiveHubOptions;
  readonly #connections = new Set<LiveConnection>();

  constructor(options: LiveHubOptions) {
    this.#options = options;
    options.source.listen((topic, payload) => {
      this.#receive(topic, payload);
    });
    options.sessions.onEnd((sessionId) => {
      for (const connection of this.#connections)
        if (connection.sessionId === sessionId) connection.sessionEnded();
    });
  }

  get size(): number {
    return this.#connections.size;
  }

  /**
   * Whoever owns the socket calls `receive` for each frame, and `remove` once it is closed.
   *
   * @param address IP address of the client
   */
  add(socket: LiveSocket, address: string): LiveConnection {
    const { tokens, sessions, clock, policy, fleet, signInMs } = this.#options;
    const connection = new LiveConnection({
      socket,
      tokens,
      sessions,
      clock,
      // Live values are what is stored: an outage of the ledger does not stop them.
      judge: (subject) => new Judge({ policy, clock, subject, address, whenSilent: 'last-known' }),
      device: (id) => fleet.known(id),
      onWatch: () => {
        this.#tellSource();
      },
      ...(signInMs === undefined ? {} : { signInMs }),
    });
    this.#connections.add(connection);
    return connection;
  }

  remove(connection: LiveConnection): void {
    connection.closed();
    this.#connections.delete(connection);
    this.#tellSource();
  }

  /** Something became of an alert. */
  tell(news: AlertNews): void {
    const { type: alertType, ...rest } = news;
    const text = frameText({ type: 'alert', alertType, ...rest });
    for (const connection of this.#connections) if (connection.wantsAlert(news)) connection.deliver(text);
  }

  closeAll(): void {
    for (const connection of this.#connections) connection.goAway();
  }

  /** Tells who watches anchors. */
  anchored({ logId, from, to, transaction, block }: Anchored): void {
    const text = frameText({ type: 'anchored', logId, from, sequence: to, transaction, block });
    for (const connection of this.#connections) if (connection.wantsAnchors) connection.deliver(text);
  }

  #tellSource(): void {
    const devices = new Set<string>();
    for (const { watched } of this.#connections) {
      if (watched === '*') {
        this.#options.source.watch('*');
        return;
      }
      for (const device of watched) devices.add(device);
    }
    this.#options.source.watch(devices);
  }

  #receive(topic: string, payload: Uint8Array): void {
    const tenant = COMMAND_NEWS.exec(topic)?.[1];
    if (tenant !== undefined) this.#command(tenant, payload);
    else if (ANCHORED.test(topic)) this.#anchored(payload);
    else if (ALERTS.test(topic)) this.#alert(payload);
    else if (PRESENCE.test(topic)) this.#presence(payload);
    else this.#reading(payload);
  }

  #anchored(payload: Uint8Array): void {
    const anchored = read(anchoredSchema, payload);
    if (anchored !== undefined) this.anchored(anchored);
  }

  #alert(payload: Uint8Array): void {
    const news = read(alertNewsSchema, payload);
    if (news !== undefined) this.tell(news);
  }

  #presence(payload: Uint8Array): void {
    const { tenant, changes } = read(presenceNewsSchema, payload) ?? { tenant: '', changes: [] };
    for (const change of changes) {
      const text = frameText({ type: 'presence', tenant, ...change });
      for (const connection of this.#connections)
        if (connection.wants({ tenant, device: change.device }, 'device:read')) connection.deliver(text);
    }
  }

  #reading(payload: Uint8Array): void {
    const reading: LiveReading | undefined = read(liveReadingSchema, payload);
    if (reading === undefined) return;
    const text = frameText({ type: 'reading', ...reading });
    for (const connection of this.#connections) if (connection.wants(reading)) connection.deliver(text);
  }

  #command(tenant: string, payload: Uint8Array): void {
    const news = read(commandNewsSchema, payload);
    if (news === undefined) return;
    const text = frameText({ type: 'command', tenant, ...news });
    for (const connection of this.#connections)
      if (connection.wantsCommand({ tenant, device: news.device })) connection.deliver(text);
  }
}

function frameText(frame: ServerFrame): string {
  return JSON.stringify(frame);
}

/** What is not of the form is of no use to a client: it is left out. */
function read<Value>(schema: z.ZodType<Value>, payload: Uint8Array): Value | undefined {
  try {
    return schema.parse(JSON.parse(utf8.decode(payload)));
  } catch {
    return undefined;
  }
}

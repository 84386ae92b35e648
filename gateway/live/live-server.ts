import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';

import { type RawData, WebSocket, WebSocketServer } from 'ws';

import { isOwnOrigin } from '../auth/same-origin.ts';
import { isLoopbackHost } from '../http/loopback-host.ts';
import { LIVE_PATH } from './frames.ts';
import type { LiveHub } from './live-hub.ts';

export interface LiveServerOptions {
  hub: LiveHub;
  /** The most connections at one time. */
  connections?: number;
  pingMs?: number;
}

const MOST_CONNECTIONS = 500;
const PING_MS = 30_000;
const MOST_FRAME_BYTES = 16 * 1024;

/** Takes WebSockets on any number of HTTP servers, and drops those that do not answer pings. */
export class LiveServer {
  readonly #hub: LiveHub;
  readonly #connections: number;
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: MOST_FRAME_BYTES,
    // Compression costs memory for each connection, and compressing secrets with a stranger's input leaks them.
    perMessageDeflate: false,
  });
  readonly #silent = new WeakSet<WebSocket>();
  readonly #heart: NodeJS.Timeout;

  constructor({ hub, connections = MOST_CONNECTIONS, pingMs = PING_MS }: LiveServerOptions) {
    this.#hub = hub;
    this.#connections = connections;
    this.#server.on('connection', (socket, { socket: { remoteAddress = 'unknown' } }) => {
      this.#serve(socket, remoteAddress);
    });
    this.#heart = setInterval(() => {
      this.#beat();
    }, pingMs).unref();
  }

  /** @param loopbackOnly for a server without TLS: see `requireLoopbackHost` */
  attach(server: Server, { loopbackOnly }: { loopbackOnly: boolean }): void {
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      const status = this.#refusal(request, loopbackOnly);
      if (status === undefined) {
        this.#server.handleUpgrade(request, socket, head, (accepted) => {
          this.#server.emit('connection', accepted, request);
        });
        return;
      }
      socket.on('error', () => socket.destroy());
      socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    });
  }

  close(): void {
    clearInterval(this.#heart);
    this.#hub.closeAll();
    this.#server.close();
  }

  #refusal(request: IncomingMessage, loopbackOnly: boolean): string | undefined {
    if (request.url !== LIVE_PATH) return '404 Not Found';
    if (loopbackOnly && !isLoopbackHost(request.headers.host)) return '403 Forbidden';
    // Browsers open WebSockets to any origin without asking it: whether a page may is for us to say.
    if (!isOwnOrigin(exchangeOf(request))) return '403 Forbidden';
    return this.#server.clients.size >= this.#connections ? '503 Service Unavailable' : undefined;
  }

  #serve(socket: WebSocket, address: string): void {
    const connection = this.#hub.add(socket, address);
    socket.on('message', (data, isBinary) => {
      connection.receive(isBinary ? '' : textOf(data));
    });
    socket.on('pong', () => {
      this.#silent.delete(socket);
    });
    // Errors are followed by a close.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#hub.remove(connection);
    });
  }

  #beat(): void {
    for (const socket of this.#server.clients) {
      if (this.#silent.has(socket)) socket.terminate();
      this.#silent.add(socket);
      if (socket.readyState === WebSocket.OPEN) socket.ping();
    }
  }
}

function exchangeOf(request: IncomingMessage): Parameters<typeof isOwnOrigin>[0] {
  return {
    secure: request.socket instanceof TLSSocket,
    header: (name) => {
      const value = request.headers[name];
      return typeof value === 'string' ? value : undefined;
    },
  };
}

function textOf(data: RawData): string {
  return Array.isArray(data)
    ? Buffer.concat(data).toString('utf8')
    : Buffer.from(new Uint8Array(data)).toString('utf8');
}

import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { readDeviceKey } from './key.ts';

const LONGEST_LINE = 100;
const REQUEST_WITHIN_MS = 5_000;
const ANSWER_WITHIN_MS = 15_000;
const TRIES = 3;

export interface OwnershipOptions {
  /** Ask the present owner, if there is one, to let the device go. */
  readonly takeOver?: boolean;
  /**
   * Somebody else wants the device. It is theirs when this resolves: connection and store must be closed by then.
   * Without it, or when it rejects, the device is kept.
   */
  readonly onRequest?: () => Promise<void>;
}

export interface Ownership {
  release(): Promise<void>;
}

/** Where the owner of a device listens, and what shows that somebody may read the device's folder. */
interface Place {
  readonly name: string;
  readonly proof: string;
}

/**
 * Makes this process the only one that acts as the device in this folder: two would give one sequence number to
 * different messages.
 *
 * The owner listens on a unix socket in the abstract namespace (unix(7)), which the kernel takes away with the
 * process however it ends, so that no lock is ever left over. Such a socket has no permissions of a file: who asks for
 * the device therefore proves that it can read the device's key. (Each network namespace has abstract sockets of its
 * own: containers must not share a device's folder.)
 *
 * @throws BiotError DEVICE_BUSY when another process owns the device and keeps it
 */
export async function ownDevice(
  folder: string,
  { takeOver = false, onRequest }: OwnershipOptions = {},
): Promise<Ownership> {
  const place = placeOf(folder);
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const server = await listen(place.name);
    if (server !== undefined) return new Owner(server, place, onRequest);
    if (!takeOver || (await ask(place, 'yield')) === 'busy') break;
  }
  throw new BiotError('DEVICE_BUSY', `another process acts as the device in ${folder}`);
}

/** Resolves when the present owner has let the device go or has ended; at once when nobody owns it. */
export async function untilReleased(folder: string, signal: AbortSignal): Promise<void> {
  await ask(placeOf(folder), 'watch', signal);
}

class Owner implements Ownership {
  readonly #server: Server;
  readonly #place: Place;
  readonly #onRequest: (() => Promise<void>) | undefined;
  readonly #sockets = new Set<Socket>();
  #yielding: Promise<void> | undefined;

  constructor(server: Server, place: Place, onRequest: (() => Promise<void>) | undefined) {
    this.#server = server;
    this.#place = place;
    this.#onRequest = onRequest;
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => this.#sockets.delete(socket));
      this.#answer(socket).catch(() => socket.destroy());
    });
  }

  async release(): Promise<void> {
    // The name is free as soon as the server is closed; who watches learns it by the end of its connection.
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
    for (const socket of this.#sockets) socket.end();
    await closed;
  }

  async #answer(socket: Socket): Promise<void> {
    const line = await readLine(socket, REQUEST_WITHIN_MS);
    if (same(line, `watch ${this.#place.proof}`)) return;
    if (!same(line, `yield ${this.#place.proof}`)) socket.destroy();
    else if (await this.#letGo()) await this.release();
    else socket.end('busy\n');
  }

  async #letGo(): Promise<boolean> {
    if (this.#onRequest === undefined) return false;
    this.#yielding ??= this.#onRequest();
    return this.#yielding.then(
      () => true,
      () => {
        this.#yielding = undefined;
        return false;
      },
    );
  }
}

function placeOf(folder: string): Place {
  const path = realpathSync(folder);
  const name = `\0biot-device-${createHash('sha256').update(path).digest('hex')}`;
  const proof = createHmac('sha256', readDeviceKey(folder).privateKey).update(name).digest('hex');
  return { name, proof };
}

/** @returns undefined when somebody else listens there. */
function listen(name: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => {
      if ('code' in error && error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen({ path: name }, () => {
      resolve(server);
    });
  });
}

/**
 * Asks the owner to yield, or to say when it goes away. The end of the connection says so, and so does it when there
 * is no owner to begin with.
 */
async function ask(
  { name, proof }: Place,
  request: 'yield' | 'watch',
  signal?: AbortSignal,
): Promise<'busy' | 'free'> {
  const socket = connect({ path: name });
  const abort = (): void => {
    socket.destroy();
  };
  signal?.addEventListener('abort', abort);
  socket.write(`${request} ${proof}\n`);
  try {
    const answer = await readLine(socket, request === 'yield' ? ANSWER_WITHIN_MS : undefined);
    return answer === '' ? 'free' : 'busy';
  } finally {
    signal?.removeEventListener('abort', abort);
    socket.destroy();
  }
}

/** @returns the first line; an empty one when the connection ends without. */
function readLine(socket: Socket, withinMs: number | undefined): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const settle = (line: string): void => {
      clearTimeout(timer);
      resolve(line);
    };
    const timer =
      withinMs === undefined
        ? undefined
        : setTimeout(() => {
            settle('too late');
          }, withinMs);
    socket.on('error', () => {
      settle('');
    });
    socket.on('close', () => {
      settle('');
    });
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      const end = text.indexOf('\n');
      if (end >= 0) settle(text.slice(0, end));
      else if (text.length > LONGEST_LINE) settle(text);
    });
  });
}

function same(left: string, right: string): boolean {
  return left.length === right.length && timingSafeEqual(Buffer.from(left), Buffer.from(right));
}

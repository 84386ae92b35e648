import { once } from 'node:events';

import { WebSocket } from 'ws';

import type { LiveSource } from '../live/live-source.ts';

/** What the broker tells, as a test wants it. */
export class FakeSource implements LiveSource {
  watched: readonly string[] | '*' = [];
  #listener: (topic: string, payload: Uint8Array) => void = () => undefined;

  listen(listener: (topic: string, payload: Uint8Array) => void): void {
    this.#listener = listener;
  }

  watch(devices: ReadonlySet<string> | '*'): void {
    this.watched = devices === '*' ? '*' : [...devices].sort();
  }

  publish(topic: string, value: unknown): void {
    this.#listener(topic, Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)));
  }

  reading(device: string, seq: number): void {
    const reading = { device, tenant: 'acme', seq, ts: 1_700_000_000_000, values: { temperature: 21.5 } };
    this.publish(`biot/live/acme/${device}`, reading);
  }
}

/** A client that remembers what it got. */
export class LiveClient {
  readonly frames: unknown[] = [];
  readonly socket: WebSocket;
  readonly closed: Promise<number>;
  #arrived = Promise.withResolvers<undefined>();

  constructor(url: string, headers: Record<string, string> = {}) {
    this.socket = new WebSocket(url, { headers });
    this.socket.on('error', () => undefined);
    this.closed = once(this.socket, 'close').then(([code]: unknown[]) => Number(code));
    this.socket.on('message', (data: Buffer) => {
      this.frames.push(JSON.parse(data.toString('utf8')));
      this.#arrived.resolve(undefined);
      this.#arrived = Promise.withResolvers();
    });
  }

  send(frame: unknown): void {
    this.socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  /** Resolves when there are so many frames. */
  async got(count: number): Promise<unknown[]> {
    while (this.frames.length < count) await this.#arrived.promise;
    return this.frames;
  }
}

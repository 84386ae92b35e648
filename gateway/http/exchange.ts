import type { X509Certificate } from 'node:crypto';

import type { Request, Response } from 'express';

import type { Added, Asked } from '../audit/facts.ts';
import { certificateOf } from '../auth/device-certificate.ts';
import { contextOf } from './context.ts';

const NO_BYTES = new Uint8Array(0);

/**
 * One request and its answer, as far as access checks and handlers may see and shape them.
 *
 * A class, for what it costs: V8 gives each object literal with getters a hidden class of its own, which outlives it and
 * keeps the whole request from being collected young.
 */
export class Exchange {
  /** Address of the connection's other end; no proxy header is believed. */
  readonly address: string;
  /** Whether it came by TLS. */
  readonly secure: boolean;
  /** The body's bytes as they came. */
  readonly bytes: Uint8Array;
  readonly #request: Request;
  readonly #response: Response;

  constructor(request: Request, response: Response) {
    const body: unknown = request.body;
    this.address = request.socket.remoteAddress ?? 'unknown';
    this.secure = request.secure;
    this.bytes = body instanceof Uint8Array ? body : NO_BYTES;
    this.#request = request;
    this.#response = response;
  }

  /** What the client has shown, if it is of the devices' authority. */
  get certificate(): X509Certificate | undefined {
    return certificateOf(this.#request.socket);
  }

  /** The body as it comes, of a route that takes it so. Whoever stops reading it can still answer. */
  get body(): AsyncIterable<Uint8Array> {
    return this.#request.iterator({ destroyOnReturn: false });
  }

  header(name: string): string | undefined {
    return this.#request.get(name);
  }

  /** Which of these kinds of content the caller prefers; the first, if it says nothing of them. */
  prefers<Kind extends string>(...kinds: readonly [Kind, ...Kind[]]): Kind {
    return kinds.find((kind) => kind === this.#request.accepts([...kinds])) ?? kinds[0];
  }

  setHeader(name: string, value: string): void {
    this.#response.setHeader(name, value);
  }

  /** Whether the caller has gone away. */
  get closed(): boolean {
    return this.#response.closed;
  }

  /** Aborted when the caller goes away, or has its answer. */
  get ended(): AbortSignal {
    const controller = new AbortController();
    if (this.#response.closed) controller.abort();
    this.#response.once('close', () => {
      controller.abort();
    });
    return controller.signal;
  }

  /** Names the member or device that asks, for the log and the audit trail; of a member also the organisation. */
  identify(who: string, org?: string): void {
    Object.assign(contextOf(this.#request), { who, org });
  }

  /** Tells the audit trail what was asked, and who says to ask it. */
  asks(asked: Asked, claimed?: string): void {
    Object.assign(contextOf(this.#request), { asked, claimed });
  }

  /** Tells the audit trail what neither the request nor the answer says. */
  adds(added: Added): void {
    Object.assign(contextOf(this.#request).added, added);
  }

  /** Tells it the transaction in which something was done. */
  committed<Done extends { readonly transaction: string }>(done: Done): Done {
    contextOf(this.#request).added.transaction = done.transaction;
    return done;
  }

  /** For a large body that is worked on after the answer, too. */
  keep(work: Promise<unknown>): void {
    contextOf(this.#request).keep?.(work);
  }
}

import type { X509Certificate } from 'node:crypto';

import type { Request, Response } from 'express';

import type { Added, Asked } from '../audit/facts.ts';
import { certificateOf } from '../auth/device-certificate.ts';
import { contextOf } from './context.ts';
import type { Keep } from './large-bodies.ts';

/** One request and its answer, as far as access checks and handlers may see and shape them. */
export interface Exchange {
  /** Address of the connection's other end; no proxy header is believed. */
  readonly address: string;
  /** Whether it came by TLS. */
  readonly secure: boolean;
  /** What the client has shown, if it is of the devices' authority. */
  readonly certificate: X509Certificate | undefined;
  /** The body's bytes as they came. */
  readonly bytes: Uint8Array;
  /** The same as it comes, of a route that takes its body so. */
  readonly body: AsyncIterable<Uint8Array>;
  readonly header: (name: string) => string | undefined;
  /** Which of these kinds of content the caller prefers; the first, if it says nothing of them. */
  readonly prefers: <Kind extends string>(...kinds: readonly [Kind, ...Kind[]]) => Kind;
  readonly setHeader: (name: string, value: string) => void;
  /** Whether the caller has gone away. */
  readonly closed: boolean;
  /** Aborted when the caller goes away, or has its answer. */
  readonly ended: AbortSignal;
  /** Names the member or device that asks, for the log and the audit trail; of a member also the organisation. */
  readonly identify: (who: string, org?: string) => void;
  /** Tells the audit trail what was asked, and who says to ask it. */
  readonly asks: (asked: Asked, claimed?: string) => void;
  /** Tells the audit trail what neither the request nor the answer says. */
  readonly adds: (facts: Added) => void;
  /** Tells it the transaction in which something was done. */
  readonly committed: <Done extends { readonly transaction: string }>(done: Done) => Done;
  /** For a large body that is worked on after the answer, too. */
  readonly keep: Keep;
}

const NO_BYTES = new Uint8Array(0);

export function exchangeOf(request: Request, response: Response): Exchange {
  const body: unknown = request.body;
  return {
    address: request.socket.remoteAddress ?? 'unknown',
    secure: request.secure,
    get certificate() {
      return certificateOf(request.socket);
    },
    // Whoever stops reading it can still answer.
    get body() {
      return request.iterator({ destroyOnReturn: false });
    },
    bytes: body instanceof Uint8Array ? body : NO_BYTES,
    header: (name) => request.get(name),
    prefers: (...kinds) => kinds.find((kind) => kind === request.accepts([...kinds])) ?? kinds[0],
    setHeader: (name, value) => {
      response.setHeader(name, value);
    },
    get closed() {
      return response.closed;
    },
    get ended() {
      const controller = new AbortController();
      if (response.closed) controller.abort();
      response.once('close', () => {
        controller.abort();
      });
      return controller.signal;
    },
    identify: (who, org) => {
      Object.assign(contextOf(request), { who, org });
    },
    asks: (asked, claimed) => {
      Object.assign(contextOf(request), { asked, claimed });
    },
    adds: (added) => {
      Object.assign(contextOf(request).added, added);
    },
    committed: (done) => {
      contextOf(request).added.transaction = done.transaction;
      return done;
    },
    keep: (work) => contextOf(request).keep?.(work),
  };
}

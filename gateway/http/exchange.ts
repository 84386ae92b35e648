import type { Request, Response } from 'express';

import { contextOf } from './context.ts';
import type { Keep } from './large-bodies.ts';

/** One request and its answer, as far as access checks and handlers may see and shape them. */
export interface Exchange {
  /** Address of the connection's other end; no proxy header is believed. */
  readonly address: string;
  /** Whether it came by TLS. */
  readonly secure: boolean;
  /** The body's bytes as they came. */
  readonly bytes: Uint8Array;
  readonly header: (name: string) => string | undefined;
  readonly setHeader: (name: string, value: string) => void;
  /** Names the member or device that asks, for the log. */
  readonly identify: (who: string) => void;
  /** For a large body that is worked on after the answer, too. */
  readonly keep: Keep;
}

const NO_BYTES = new Uint8Array(0);

export function exchangeOf(request: Request, response: Response): Exchange {
  const body: unknown = request.body;
  return {
    address: request.socket.remoteAddress ?? 'unknown',
    secure: request.secure,
    bytes: body instanceof Uint8Array ? body : NO_BYTES,
    header: (name) => request.get(name),
    setHeader: (name, value) => {
      response.setHeader(name, value);
    },
    identify: (who) => {
      contextOf(request).who = who;
    },
    keep: (work) => contextOf(request).keep?.(work),
  };
}

import type { RequestHandler } from 'express';

import { Refusal } from './problem.ts';

const LOOPBACK = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/i;

export function isLoopbackHost(host: string | undefined): boolean {
  return LOOPBACK.test(host ?? '');
}

/**
 * For the listener without TLS: a page of some attacker's name that was made to resolve to 127.0.0.1 (DNS
 * rebinding) reaches us with that name as Host, and would otherwise count as our own origin.
 */
export const requireLoopbackHost: RequestHandler = (request, _response, next) => {
  if (!isLoopbackHost(request.headers.host))
    throw new Refusal('FORBIDDEN', 'this listener answers to localhost and 127.0.0.1 only');
  next();
};

import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { Exchange } from '../http/exchange.ts';

/** Marks a request as deliberate. A page of another origin cannot set it without asking first (CORS preflight). */
export const DELIBERATE_HEADER = 'x-biot-request';

/**
 * The cookie is the one credential that a browser sends by itself, so requests that use it must come from our own
 * pages: browsers name a POST's origin, and other clients have to set a header. SameSite=Strict alone would let
 * other ports of this host in, which are the same site.
 *
 * @throws BiotError FORBIDDEN
 */
export function requireSameOrigin(exchange: Pick<Exchange, 'header' | 'secure'>): void {
  const origin = exchange.header('origin');
  if (
    origin === undefined ? exchange.header(DELIBERATE_HEADER) !== undefined : origin === ownOrigin(exchange)
  )
    return;
  throw new BiotError(
    'FORBIDDEN',
    `the request must come from our own pages, or bear the header ${DELIBERATE_HEADER}`,
  );
}

/** Whether a page of ours opened the connection, or something that is no browser. */
export function isOwnOrigin(exchange: Pick<Exchange, 'header' | 'secure'>): boolean {
  const origin = exchange.header('origin');
  return origin === undefined || origin === ownOrigin(exchange);
}

function ownOrigin(exchange: Pick<Exchange, 'header' | 'secure'>): string {
  return `${exchange.secure ? 'https' : 'http'}://${exchange.header('host') ?? ''}`;
}

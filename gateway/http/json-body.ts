import type { Exchange } from './exchange.ts';
import { Refusal } from './problem.ts';

/** Bytes of a request's body. The largest use, 500 registrations, has its own limit. */
export const MAX_BODY_BYTES = 64 * 1024;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The media type without its parameters, lower case. */
export function mediaTypeOf(exchange: Pick<Exchange, 'header'>): string {
  return (exchange.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

/**
 * A parsed body may be anything JSON can say, a key named `__proto__` or a thousand brackets included: the strict
 * schemas that look at it next follow only what they describe, and those with fields of any name refuse that one.
 */
export function readJson(
  exchange: Pick<Exchange, 'header' | 'bytes'>,
  mediaType = 'application/json',
): unknown {
  if (exchange.bytes.length === 0) throw new Refusal('INVALID_ARGUMENT', 'a JSON body is needed');
  requireMediaType(exchange, [mediaType]);
  try {
    return JSON.parse(utf8.decode(exchange.bytes));
  } catch (cause) {
    throw new Refusal('INVALID_ARGUMENT', 'the body is not JSON in UTF-8', { cause });
  }
}

export function requireMediaType(exchange: Pick<Exchange, 'header'>, allowed: readonly string[]): void {
  const given = mediaTypeOf(exchange);
  if (allowed.includes(given)) return;
  throw new Refusal('MEDIA_TYPE_UNSUPPORTED', `expected Content-Type ${allowed.join(' or ')}`);
}

/** An empty JSON object passes, because generic clients send one with every POST. */
export function refuseBody(exchange: Pick<Exchange, 'bytes'>): void {
  const { bytes } = exchange;
  if (bytes.length === 0 || Buffer.from(bytes).toString('latin1').trim() === '{}') return;
  throw new Refusal('INVALID_ARGUMENT', 'no body is expected here');
}

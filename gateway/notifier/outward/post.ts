import { type IncomingMessage, request as httpRequest, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';

import { aborted, bareHost, checkedAddress, NotSent, type Reach } from './reach.ts';

/** It came there, and was told to come again later. */
export class NotNow extends NotSent {
  /** As the answer has it: whoever sent it may have written anything. */
  readonly retryAfter: string;

  constructor(status: number, retryAfter: string) {
    super(`answered ${status}`);
    this.name = 'NotNow';
    this.retryAfter = retryAfter;
  }
}

/** Too many requests (RFC 6585), and not at present: with these, `Retry-After` says when. */
const BUSY: readonly number[] = [429, 503];

export interface Posting {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** @returns the status of the answer @throws NotSent, NotNow */
export type Post = (posting: Posting) => Promise<number>;

/** Bytes of an answer that are taken off the wire. None are kept: what an inner server says is nobody's here. */
const MOST_OF_ANSWER = 16 * 1024;

/**
 * Posts to whom strangers named. The very address that was checked is connected to, so a name cannot stand for another one
 * a moment later; a redirect is an answer, never followed; answers are not read. One bound holds for everything.
 */
export function outwardPost(options: Reach): Post {
  const { plain, withinMs } = options;
  return async ({ url: text, headers, body }) => {
    const url = new URL(text);
    if (url.protocol !== 'https:' && !plain) throw new NotSent('the address does not begin with https://');
    const signal = AbortSignal.timeout(withinMs);
    const host = bareHost(url);
    const address = await Promise.race([checkedAddress(host, options), aborted(signal)]);
    return answerOf(url.protocol === 'https:', body, {
      method: 'POST',
      host: address,
      // The certificate is checked against this, not against the address.
      ...{ servername: isIP(host) === 0 ? host : '' },
      port: url.port,
      path: url.pathname + url.search,
      headers: { ...headers, host: url.host, 'content-length': Buffer.byteLength(body) },
      agent: false,
      signal,
    });
  };
}

/** Settles when the exchange ends in whatever way, and not later than the signal says. */
function answerOf(
  secure: boolean,
  body: string | Uint8Array,
  { signal, ...options }: RequestOptions & { readonly signal: AbortSignal },
): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  let status: number | undefined;
  let retryAfter: string | undefined;
  const request = (secure ? httpsRequest : httpRequest)(options, (response) => {
    status = response.statusCode;
    retryAfter = response.headers['retry-after'];
    drain(response);
  });
  // Unless somebody listens, Node ends such a connection without an error. Another protocol is none of ours.
  request.once('upgrade', (response, socket) => {
    status = response.statusCode;
    socket.destroy();
  });
  request.on('error', (cause: NodeJS.ErrnoException) => {
    reject(new NotSent(`no connection: ${cause.code ?? cause.message}`, { cause }));
  });
  request.once('close', () => {
    if (status === undefined) reject(new NotSent('no answer'));
    else if (retryAfter !== undefined && BUSY.includes(status)) reject(new NotNow(status, retryAfter));
    else resolve(status);
  });
  // Not left to the request: whatever state it is in, the bound holds.
  signal.addEventListener('abort', () => {
    reject(new NotSent('no answer in time'));
    request.destroy();
  });
  request.end(body);
  return promise;
}

function drain(response: IncomingMessage): void {
  let read = 0;
  response.on('data', (part: Buffer) => {
    read += part.length;
    if (read > MOST_OF_ANSWER) response.destroy();
  });
  response.on('error', () => undefined);
}

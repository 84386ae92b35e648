import type { Exchange } from '../http/exchange.ts';

/** How the names of these cookies begin; the port follows. */
export const REFRESH_COOKIE_PREFIX = 'biot_refresh_';

/** Sent to the sign-in routes alone. */
const PATH = '/api/v1/auth';
const VALUE = /^[A-Za-z0-9._-]{1,200}$/;

/**
 * The cookie with a session's refresh token. Browsers keep cookies by host, whatever the port (RFC 6265 section 8.5):
 * with one name for all, signing in to one instance of a machine would sign out of the other.
 */
export class RefreshCookie {
  readonly #prefix: string;

  /** @param port of the gateway's own, which no other instance has */
  constructor(port: number) {
    this.#prefix = `${REFRESH_COOKIE_PREFIX}${port}=`;
  }

  /** The refresh token of a request, as text of the right alphabet; what it is worth is for the sessions to say. */
  read(exchange: Exchange): string | undefined {
    const pairs = (exchange.header('cookie') ?? '').split(';').map((pair) => pair.trim());
    const value = pairs.find((pair) => pair.startsWith(this.#prefix))?.slice(this.#prefix.length);
    return value !== undefined && VALUE.test(value) ? value : undefined;
  }

  /** @param seconds how long the browser keeps it; 0 removes it */
  set(exchange: Exchange, value: string, seconds: number): void {
    // `Secure` would keep some browsers from storing it on the plain loopback listener.
    const secure = exchange.secure ? '; Secure' : '';
    exchange.setHeader(
      'Set-Cookie',
      `${this.#prefix}${value}; Path=${PATH}; Max-Age=${seconds}; HttpOnly; SameSite=Strict${secure}`,
    );
  }
}

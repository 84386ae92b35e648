import type { Exchange } from '../http/exchange.ts';

export const REFRESH_COOKIE = 'biot_refresh';

/** Sent to the sign-in routes alone. */
const PATH = '/api/v1/auth';
const VALUE = /^[A-Za-z0-9._-]{1,200}$/;

/** The refresh token of a request, as text of the right alphabet; what it is worth is for the sessions to say. */
export function readRefreshCookie(exchange: Exchange): string | undefined {
  const pairs = (exchange.header('cookie') ?? '').split(';').map((pair) => pair.trim());
  const value = pairs.find((pair) => pair.startsWith(`${REFRESH_COOKIE}=`))?.slice(REFRESH_COOKIE.length + 1);
  return value !== undefined && VALUE.test(value) ? value : undefined;
}

/** @param seconds how long the browser keeps it; 0 removes it */
export function setRefreshCookie(exchange: Exchange, value: string, seconds: number): void {
  // `Secure` would keep some browsers from storing it on the plain loopback listener.
  const secure = exchange.secure ? '; Secure' : '';
  exchange.setHeader(
    'Set-Cookie',
    `${REFRESH_COOKIE}=${value}; Path=${PATH}; Max-Age=${seconds}; HttpOnly; SameSite=Strict${secure}`,
  );
}

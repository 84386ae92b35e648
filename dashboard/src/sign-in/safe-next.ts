/**
 * Where to go after signing in. Only a path of this site: `//elsewhere` and `/\elsewhere` are other sites to a
 * browser, and a link that somebody sent must not lead there by way of a sign-in.
 */
export function safeNext(next: unknown): string {
  return typeof next === 'string' && /^\/(?![/\\])/.test(next) && !next.startsWith('/sign-in') ? next : '/';
}

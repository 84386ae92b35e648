/**
 * Whether this browser has signed in before. The cookie itself cannot be seen from here, and asking for a renewal
 * that is bound to be refused would greet every newcomer with an error.
 */
const KEY = 'biot-session';

export function mayHaveSession(): boolean {
  return localStorage.getItem(KEY) !== null;
}

export function rememberSession(signedIn: boolean): void {
  if (signedIn) localStorage.setItem(KEY, '1');
  else localStorage.removeItem(KEY);
}

import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where the user's cached files lie (XDG base directory specification). */
export function cacheDirectory(): string {
  const base = process.env['XDG_CACHE_HOME'];
  return join(base !== undefined && base !== '' ? base : join(homedir(), '.cache'), 'biot-dm');
}

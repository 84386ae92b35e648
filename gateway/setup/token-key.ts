import { existsSync } from 'node:fs';

import type { Home } from '../../network/home/home.ts';
import { makeTokenKey } from '../auth/token-key.ts';

export function tokenKeyFile(home: Pick<Home, 'path'>): string {
  return home.path('secrets', 'token-key.json');
}

/** Makes, once, the key with which the gateway signs access tokens. */
export async function ensureTokenKey(home: Pick<Home, 'path'>): Promise<void> {
  const file = tokenKeyFile(home);
  if (!existsSync(file)) await makeTokenKey(file);
}

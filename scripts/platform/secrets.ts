import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';

import { writeFileAtomically } from '../../network/home/files.ts';
import type { Home } from '../../network/home/home.ts';

/** Bytes of randomness in a generated password: as strong as the hashes around it. */
const STRENGTH = 24;

/** A secret that is made at its first use and kept in the home, readable by its owner alone. */
export function ensureSecret(home: Home, name: string): string {
  const file = home.path('secrets', name);
  if (!existsSync(file)) writeFileAtomically(file, randomBytes(STRENGTH).toString('base64url'));
  return readFileSync(file, 'utf8').trim();
}

export function databasePasswordFile(home: Home, user: string): string {
  return home.path('secrets', `mariadb-${user}.password`);
}

export function databasePassword(home: Home, user: string): string {
  return ensureSecret(home, `mariadb-${user}.password`);
}

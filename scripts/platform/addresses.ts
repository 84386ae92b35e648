import type { Home } from '../../network/home/home.ts';
import { databaseSocket, OWNER } from './mariadb.ts';
import { DATABASE_NAME } from '../../sql/connect.ts';
import { databasePasswordFile } from './secrets.ts';

export interface Addresses {
  dashboard: string;
  api: string;
  docs: string;
  mqtt: string;
}

export function addresses({ ports }: Home): Addresses {
  return {
    dashboard: `http://127.0.0.1:${ports.dashboard}/`,
    api: `https://127.0.0.1:${ports.gateway}/api/v1`,
    docs: `https://127.0.0.1:${ports.gateway}/docs`,
    mqtt: `mqtts://127.0.0.1:${ports.mqtt}`,
  };
}

/** How the owner of the database gets in: `mariadb --socket=… --user=… --password="$(cat …)" biot`. */
export function databaseAccess(home: Home): {
  socket: string;
  name: string;
  user: string;
  passwordFile: string;
} {
  return {
    socket: databaseSocket(home),
    name: DATABASE_NAME,
    user: OWNER,
    passwordFile: databasePasswordFile(home, OWNER),
  };
}

export function signInFile(home: Home): string {
  return home.path('secrets', 'sign-in.json');
}

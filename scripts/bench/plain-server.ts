import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';

import type { Express } from 'express';

import type { Home } from '../../network/home/home.ts';
import { credentialsIn } from '../../network/pki/credentials.ts';

const LOOPBACK = '127.0.0.1';
/** Connections are kept between the rounds, as the gateway keeps its own. */
const KEPT_ALIVE_MS = 65_000;

export interface PlainServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Serves a plain alternative over HTTPS with the gateway's certificate, on any port that is free. */
export async function servePlainly(home: Home, application: Express): Promise<PlainServer> {
  const { certificateFile, keyFile } = credentialsIn(home.path('pki', 'gateway'));
  const credentials = { cert: readFileSync(certificateFile), key: readFileSync(keyFile) };
  const server = createServer({ ...credentials, keepAliveTimeout: KEPT_ALIVE_MS }, application);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, LOOPBACK, resolve);
  });
  return {
    port: portOf(server.address()),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new TypeError('it listens on no port');
  return address.port;
}

import type { Duplex } from 'node:stream';
import { connect, createSecureContext } from 'node:tls';

import type { DeviceCredentials } from './credentials.ts';

/** The broker as a device sees it. */
export interface BrokerAddress {
  readonly host?: string;
  readonly port: number;
  /** PEM: the authority that issued the broker's certificate. */
  readonly authority: string;
}

/** @returns what opens a connection in which both sides show their certificates; failures come as its `error`. */
export function tlsConnector(
  { host = '127.0.0.1', port, authority }: BrokerAddress,
  { certificate, privateKey }: DeviceCredentials,
): () => Duplex {
  const secureContext = createSecureContext({
    ca: authority,
    cert: certificate,
    key: privateKey,
    minVersion: 'TLSv1.2',
  });
  return () => connect({ host, port, secureContext }).setNoDelay(true);
}

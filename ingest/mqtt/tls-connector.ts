import type { Duplex } from 'node:stream';
import { connect, createSecureContext } from 'node:tls';

/** Where the broker listens and how both sides show who they are. Certificates and keys are PEM texts. */
export interface BrokerEndpoint {
  readonly host?: string;
  readonly port: number;
  /** Issued the broker's certificate. */
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

/**
 * @returns what opens a connection; its failures come as the stream's `error`.
 * @throws Error when certificate and key cannot be read or do not belong together
 */
export function tlsConnector({
  host = '127.0.0.1',
  port,
  authority,
  certificate,
  key,
}: BrokerEndpoint): () => Duplex {
  const secureContext = createSecureContext({ ca: authority, cert: certificate, key, minVersion: 'TLSv1.2' });
  return () => connect({ host, port, secureContext }).setNoDelay(true);
}

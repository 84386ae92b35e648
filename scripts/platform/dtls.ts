import type { Home } from '../../network/home/home.ts';
import { isUdpBound } from '../../network/home/listeners.ts';
import type { ProcessSpec } from '../../network/processes/process-spec.ts';
import { requireProgram } from './debian.ts';

/** Connections at one time, a process of a megabyte or two each. */
const MOST_CONNECTIONS = 1_000;
/** Seconds without a datagram, after which a connection ends. */
const IDLE_SECONDS = 300;

/**
 * Ends DTLS in front of ingest's CoAP port. A device shows a certificate of the devices' authority; whether that has been
 * revoked is not asked here (socat knows no such lists), and need not be: ingest goes by the signature of each message.
 */
export function dtlsProcess(home: Home): ProcessSpec {
  const { coap, coaps } = home.ports;
  const listener = [
    `OPENSSL-DTLS-SERVER:${coaps}`,
    'bind=127.0.0.1',
    'reuseaddr',
    'fork',
    `max-children=${MOST_CONNECTIONS}`,
    `cert=${home.path('pki', 'mosquitto', 'cert.pem')}`,
    `key=${home.path('pki', 'mosquitto', 'key.pem')}`,
    `cafile=${home.path('pki', 'devices-ca', 'cert.pem')}`,
    'verify=1',
  ].join(',');
  return {
    name: 'dtls',
    command: requireProgram('socat'),
    args: ['-T', String(IDLE_SECONDS), listener, `UDP4:127.0.0.1:${coap}`],
    env: {},
    port: null,
    ready: () => Promise.resolve(isUdpBound(coaps)),
  };
}

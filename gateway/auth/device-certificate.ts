import type { X509Certificate } from 'node:crypto';
import { TLSSocket } from 'node:tls';

import { type Device, validKeys } from '../../chaincode/protocol/device.ts';
import { checkPublicKey } from '../../chaincode/protocol/public-key.ts';

/** The certificate that the other end has shown, if it is one of the devices' authority and holds its key. */
export function certificateOf(socket: unknown): X509Certificate | undefined {
  return socket instanceof TLSSocket && socket.authorized ? socket.getPeerX509Certificate() : undefined;
}

interface Known {
  readonly device: (id: string) => Device | undefined;
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
}

/**
 * Whose a certificate is, by the ledger: its name is that of a device, and its key one that is good for that at the moment.
 * So it ends with its key, as at the broker, and a connection that outlives it gains nothing.
 */
export function deviceOfCertificate(
  certificate: X509Certificate,
  { device, now }: Known,
): Device | undefined {
  const named = device(/^CN=([^\n]+)$/.exec(certificate.subject)?.[1] ?? '');
  if (named === undefined || now > Date.parse(certificate.validTo)) return undefined;
  const key = certificate.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  return validKeys(named, now).includes(checkPublicKey(key).publicKey) ? named : undefined;
}

/** Keys and certificates that the gateway reads from an installation. */
import { readFileSync } from 'node:fs';

import type { Home } from '../network/home/home.ts';
import { type CertificateIssuer, issuerClient } from '../network/issuing/client.ts';
import { authoritiesOf } from '../network/ledger/member-connection.ts';
import { credentialsIn } from '../network/pki/credentials.ts';
import type { MemberAuthority } from './auth/member-certificate.ts';
import type { ServerCredentials } from './servers.ts';

export function memberAuthorities(home: Home): MemberAuthority[] {
  return [...authoritiesOf(home)].map(([mspId, certificate]) => ({ mspId, certificate }));
}

/** The certificate of the authority of our own servers, in PEM. */
export function platformAuthority(home: Home): string {
  return read(home.path('pki', 'platform-ca', 'cert.pem'));
}

/** The gateway shows the certificate that it shows to the broker, too. */
export function issuerOf(home: Home): CertificateIssuer {
  const { certificateFile, keyFile } = credentialsIn(home.path('pki', 'gateway-mqtt'));
  return issuerClient({
    port: home.ports.issuer,
    authority: platformAuthority(home),
    certificate: read(certificateFile),
    key: read(keyFile),
  });
}

export function serverCredentials(home: Home): ServerCredentials {
  const { certificateFile, keyFile } = credentialsIn(home.path('pki', 'gateway'));
  const clients = read(home.path('pki', 'devices-ca', 'cert.pem'));
  return { certificate: read(certificateFile), key: read(keyFile), clients };
}

function read(file: string): string {
  return readFileSync(file, 'utf8');
}

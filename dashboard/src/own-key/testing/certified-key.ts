import 'reflect-metadata';

import { X509CertificateGenerator } from '@peculiar/x509';

export interface CertifiedKey {
  /** PKCS#8 in PEM. */
  key: string;
  /** PEM; nobody here judges who issued it. */
  certificate: string;
}

export async function certifiedKey(name: string): Promise<CertifiedKey> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: [{ OU: ['client'] }, { CN: [name] }],
    keys,
    signingAlgorithm: algorithm,
  });
  const der = new Uint8Array(await crypto.subtle.exportKey('pkcs8', keys.privateKey));
  const lines = btoa(String.fromCharCode(...der)).replaceAll(/.{64}/g, '$&\n');
  return {
    key: `-----BEGIN PRIVATE KEY-----\n${lines}\n-----END PRIVATE KEY-----\n`,
    certificate: `${certificate.toString('pem')}\n`,
  };
}

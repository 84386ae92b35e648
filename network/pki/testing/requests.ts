import type { JsonName } from '@peculiar/x509';
import { generateKeyPair, type KeyPair, SIGNING, signingKey } from '../keys.ts';
import { Pkcs10CertificateRequestGenerator } from '../x509.ts';

export interface RequestOptions {
  readonly keys?: KeyPair;
  readonly name?: JsonName;
  readonly hash?: string;
}

/** A PKCS#10 request as a device makes it, in PEM. */
export async function requestFor(
  commonName: string | undefined,
  { keys = generateKeyPair(), name, hash = SIGNING.hash }: RequestOptions = {},
): Promise<string> {
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: name ?? (commonName === undefined ? [] : [{ CN: [commonName] }]),
    keys: {
      privateKey: signingKey(keys.privateKey),
      publicKey: keys.publicKey.toCryptoKey(SIGNING, true, ['verify']),
    },
    signingAlgorithm: { ...SIGNING, hash },
  });
  return `${request.toString('pem')}\n`;
}

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PRIVATE_FILE, PUBLIC_FILE, writeFileAtomically } from '../home/files.ts';
import {
  type Authority,
  type CertificateRequest,
  certificatePem,
  createAuthority,
  issueCertificate,
  readAuthority,
} from './authority.ts';
import { generateKeyPair, privateKeyPem, publicKeyDer } from './keys.ts';

/** A folder with a certificate and its private key, both PEM. The certificate is written last: with it, all is there. */
export interface Credentials {
  readonly certificateFile: string;
  readonly keyFile: string;
}

export function credentialsIn(folder: string): Credentials {
  return { certificateFile: join(folder, 'cert.pem'), keyFile: join(folder, 'key.pem') };
}

/** Makes a key and has it certified, unless that was done before. */
export async function ensureCredentials(
  { certificateFile, keyFile }: Credentials,
  authority: Authority,
  request: Omit<CertificateRequest, 'publicKey'>,
): Promise<void> {
  if (existsSync(certificateFile)) return;
  const keys = generateKeyPair();
  writeFileAtomically(keyFile, privateKeyPem(keys.privateKey), PRIVATE_FILE);
  const certificate = await issueCertificate(authority, {
    ...request,
    publicKey: publicKeyDer(keys.publicKey),
  });
  writeFileAtomically(certificateFile, certificate, PUBLIC_FILE);
}

/** Opens an authority, making it first when it is not there yet. */
export async function ensureAuthority(
  { certificateFile, keyFile }: Credentials,
  commonName: string,
): Promise<Authority> {
  if (existsSync(certificateFile)) return openAuthority({ certificateFile, keyFile });
  const authority = await createAuthority(commonName);
  writeFileAtomically(keyFile, privateKeyPem(authority.keys.privateKey), PRIVATE_FILE);
  writeFileAtomically(certificateFile, certificatePem(authority.certificate), PUBLIC_FILE);
  return authority;
}

export function openAuthority({ certificateFile, keyFile }: Credentials): Authority {
  return readAuthority(readFileSync(certificateFile, 'utf8'), readFileSync(keyFile, 'utf8'));
}

import { readFileSync, statSync } from 'node:fs';

import { exportJWK, generateKeyPair, importJWK, type CryptoKey } from 'jose';
import { z } from 'zod';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { PRIVATE_FILE, writeFileAtomically } from '../../network/home/files.ts';

/** The key that signs access tokens: Ed25519 (RFC 8037), as a private JWK with its id. */
const tokenKeySchema = z.strictObject({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  kid: z.string().min(1),
  x: z.string(),
  d: z.string(),
});

export interface TokenKey {
  kid: string;
  privateKey: CryptoKey;
  publicKey: CryptoKey;
}

export async function makeTokenKey(file: string): Promise<void> {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const jwk = await exportJWK(privateKey);
  const kid = new Date().toISOString().slice(0, 10);
  writeFileAtomically(file, JSON.stringify(tokenKeySchema.parse({ ...jwk, kid })), PRIVATE_FILE);
}

/** @throws BiotError NOT_SET_UP when it is absent, CONFIGURATION_INVALID when others may read it or it is no key */
export async function readTokenKey(file: string): Promise<TokenKey> {
  const { x, d, kid, ...curve } = parse(file);
  return {
    kid,
    privateKey: await importKey({ ...curve, x, d }),
    publicKey: await importKey({ ...curve, x }),
  };
}

function parse(file: string): z.infer<typeof tokenKeySchema> {
  const mode = statSync(file, { throwIfNoEntry: false })?.mode;
  if (mode === undefined) throw new BiotError('NOT_SET_UP', `there is no ${file}: run npm start first`);
  if ((mode & 0o077) !== 0)
    throw new BiotError('CONFIGURATION_INVALID', `${file} can be read by others: run chmod 600 ${file}`);
  try {
    return tokenKeySchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    // Without a cause: a parser's message may quote the key.
    throw new BiotError('CONFIGURATION_INVALID', `${file} holds no Ed25519 key: remove it and run npm start`);
  }
}

async function importKey(jwk: { kty: string; crv: string; x: string; d?: string }): Promise<CryptoKey> {
  const key = await importJWK(jwk, 'EdDSA');
  if (key instanceof Uint8Array)
    throw new BiotError('CONFIGURATION_INVALID', 'the token key is not an Ed25519 key');
  return key;
}

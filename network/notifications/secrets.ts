/**
 * What webhooks are signed with, and the passwords of brokers. The gateway seals a secret for the notifier: who reads the
 * database, or has only what the gateway has later, cannot sign as we do.
 */
import {
  constants,
  generateKeyPairSync,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
  type RsaPrivateKey,
} from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { PUBLIC_FILE, writeFileAtomically } from '../home/files.ts';
import type { Home } from '../home/home.ts';

const SECRET_BYTES = 32;
const MODULUS_BITS = 3_072;

/** As Standard Webhooks writes a secret: the receiver gives this text to its library. */
const PREFIX = 'whsec_';

function privateFile(home: Home): string {
  return home.path('secrets', 'notifier-key.pem');
}

function publicFile(home: Home): string {
  return home.path('pki', 'notifier', 'public.pem');
}

/** Makes the notifier's key pair when there is none. */
export function ensureNotifierKey(home: Home): void {
  if (existsSync(publicFile(home))) return;
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: MODULUS_BITS,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  writeFileAtomically(privateFile(home), privateKey);
  writeFileAtomically(publicFile(home), publicKey, PUBLIC_FILE);
}

export function readSealingKey(home: Home): string {
  return readFileSync(publicFile(home), 'utf8');
}

export function readOpeningKey(home: Home): string {
  return readFileSync(privateFile(home), 'utf8');
}

export function newSecret(): string {
  return PREFIX + randomBytes(SECRET_BYTES).toString('base64');
}

/** @returns the bytes that sign */
export function secretBytes(secret: string): Buffer {
  return Buffer.from(secret.slice(PREFIX.length), 'base64');
}

/** The owner's id, of a channel or a stream, is bound to it: in another one's row it does not open. */
function forOwner(key: string, owner: string): RsaPrivateKey {
  const oaepLabel = Buffer.from(`biot.webhook.1 ${owner}`);
  return { key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256', oaepLabel };
}

/** @param secret at most 256 bytes */
export function sealSecret(publicKey: string, owner: string, secret: string): Buffer {
  return publicEncrypt(forOwner(publicKey, owner), Buffer.from(secret));
}

/** @throws BiotError STORE_CORRUPT when it was not sealed for this key and owner */
export function openSecret(privateKey: string, owner: string, sealed: Uint8Array): string {
  try {
    return privateDecrypt(forOwner(privateKey, owner), sealed).toString();
  } catch (cause) {
    throw new BiotError('STORE_CORRUPT', 'the secret does not open: give a new one', { cause });
  }
}

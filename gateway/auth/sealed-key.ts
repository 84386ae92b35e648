/**
 * A member's private key at rest: encrypted with AES-256-GCM under a key that argon2id makes of the member's
 * password and a salt of its own. Whoever steals the database, or the gateway's disk, has nothing to sign with.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { keyFromPassword } from './passwords.ts';

const FORMAT = 'biot-sealed-key-1';
const CIPHER = 'aes-256-gcm';
const SALT_BYTES = 16;
/** NIST SP 800-38D section 8.2: 96-bit nonces; a random one is used once, with a key that is used once. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** @returns `format.salt.nonce.ciphertext.tag`, the last four in base64url */
export async function sealKey(name: string, privateKey: string, password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, await keyFromPassword(password, salt), nonce, {
    authTagLength: TAG_BYTES,
  });
  cipher.setAAD(boundTo(name));
  const text = Buffer.concat([cipher.update(privateKey, 'utf8'), cipher.final()]);
  const fields = [salt, nonce, text, cipher.getAuthTag()].map((bytes) => bytes.toString('base64url'));
  return [FORMAT, ...fields].join('.');
}

/** @throws BiotError STORE_CORRUPT when the password does not open it: by then it is known to be the right one */
export async function openKey(name: string, sealed: string, password: string): Promise<string> {
  const [format, ...fields] = sealed.split('.');
  const [salt, nonce, text, tag] = fields.map((field) => Buffer.from(field, 'base64url'));
  if (format !== FORMAT || !salt || !nonce || !text || tag?.length !== TAG_BYTES) throw damaged(name);
  try {
    const key = await keyFromPassword(password, salt);
    const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(boundTo(name)).setAuthTag(tag);
    return Buffer.concat([decipher.update(text), decipher.final()]).toString('utf8');
  } catch (cause) {
    throw damaged(name, cause);
  }
}

/** Keeps one member's sealed key from being put into another's row. */
function boundTo(name: string): Buffer {
  return Buffer.from(`${FORMAT}:${name}`, 'utf8');
}

function damaged(name: string, cause?: unknown): BiotError {
  return new BiotError('STORE_CORRUPT', `the sealed key of ${name} cannot be opened`, { cause });
}

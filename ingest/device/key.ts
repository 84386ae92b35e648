import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { BiotError } from '../../chaincode/protocol/errors.ts';

const OWNER_ONLY_FILE = 0o600;
const OWNER_ONLY_FOLDER = 0o700;
const CURVE = 'prime256v1';

export interface DeviceKey {
  /** PKCS #8 (RFC 5958) in PEM. */
  readonly privateKey: string;
  /** SubjectPublicKeyInfo (RFC 5480) in PEM: what the ledger keeps. */
  readonly publicKey: string;
}

export function keyFile(folder: string): string {
  return join(folder, 'key.pem');
}

/**
 * The device's P-256 key: the one in its folder, or a new one, which then is kept there for its owner alone.
 *
 * @throws BiotError KEY_INVALID when the file holds something else
 */
export function ensureDeviceKey(folder: string): DeviceKey {
  mkdirSync(folder, { recursive: true, mode: OWNER_ONLY_FOLDER });
  const draft = `${keyFile(folder)}.${process.pid}.draft`;
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: CURVE });
  try {
    writeFileSync(draft, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: OWNER_ONLY_FILE });
    // Unlike a rename it never replaces: of two processes that make a key at once, both use that of the first.
    linkSync(draft, keyFile(folder));
  } catch (error) {
    if (!isAlreadyThere(error)) throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return readDeviceKey(folder);
}

/** @throws BiotError KEY_INVALID when there is none, or it is not a P-256 key in PEM */
export function readDeviceKey(folder: string): DeviceKey {
  const file = keyFile(folder);
  if (!existsSync(file)) throw new BiotError('KEY_INVALID', `there is no key ${file}`);
  let privateKey: string;
  let key: KeyObject;
  try {
    privateKey = readFileSync(file, 'utf8');
    key = createPrivateKey(privateKey);
  } catch (cause) {
    throw new BiotError('KEY_INVALID', `${file} is not a private key`, { cause });
  }
  if (key.asymmetricKeyDetails?.namedCurve !== CURVE)
    throw new BiotError('KEY_INVALID', `${file} is not a key on the curve P-256`);
  return { privateKey, publicKey: createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString() };
}

function isAlreadyThere(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST';
}

import { createPublicKey, type KeyObject } from 'node:crypto';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { type CheckedKey, checkPublicKey, checkPublicKeyDer } from '../../chaincode/protocol/public-key.ts';

const MARK = '-----BEGIN ';

/**
 * A key as files have it: PEM, with its line ends written as \n or as they are, or base64 of its DER.
 *
 * @returns it as the ledger keeps it, or a KEY_INVALID that says what it is instead
 */
export function readKeyCell(text: string): CheckedKey | BiotError {
  const isPem = text.trimStart().startsWith(MARK);
  const key = isPem ? text.replaceAll('\\r', '').replaceAll('\\n', '\n').trim() : text;
  try {
    return isPem ? checkPublicKey(key) : checkPublicKeyDer(key);
  } catch (cause) {
    return new BiotError('KEY_INVALID', isPem ? troubleOfPem(key) : troubleOfDer(key), { cause });
  }
}

const WANTED =
  'a public key on the curve P-256 is wanted (SubjectPublicKeyInfo, as PEM or as base64 of its DER)';

function troubleOfPem(pem: string): string {
  if (pem.includes('PRIVATE KEY')) return `this is a private key, which nobody else may have: ${WANTED}`;
  return trouble(() => createPublicKey(pem));
}

function troubleOfDer(base64: string): string {
  if (base64 === '') return 'no key';
  return trouble(() => createPublicKey({ key: Buffer.from(base64, 'base64'), type: 'spki', format: 'der' }));
}

function trouble(read: () => KeyObject): string {
  try {
    const { asymmetricKeyType: type, asymmetricKeyDetails: details } = read();
    const kind = [type?.toUpperCase(), details?.namedCurve, details?.modulusLength].filter(
      (word) => word !== undefined,
    );
    // A P-256 key in another encoding, such as with a compressed point, is refused as well.
    const isP256 = details?.namedCurve === 'prime256v1';
    return isP256
      ? `the key is not in its usual encoding: ${WANTED}`
      : `this is a key of ${kind.join(' ')}: ${WANTED}`;
  } catch {
    return `no key, or one whose point is not on its curve: ${WANTED}`;
  }
}

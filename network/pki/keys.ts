import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  type webcrypto,
} from 'node:crypto';

/** Every key of the platform is on the curve P-256: what Fabric, TLS stacks and small devices all have. */
const CURVE = { name: 'ECDSA', namedCurve: 'P-256' };

/** How every certificate and list is signed. */
export const SIGNING = { ...CURVE, hash: 'SHA-256' };

export interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

export function generateKeyPair(): KeyPair {
  return generateKeyPairSync('ec', { namedCurve: CURVE.namedCurve });
}

/** @param pem PKCS#8, as Fabric's MSP and OpenSSL read it. */
export function readPrivateKey(pem: string): KeyPair {
  const privateKey = createPrivateKey(pem);
  return { privateKey, publicKey: createPublicKey(privateKey) };
}

export function privateKeyPem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** SubjectPublicKeyInfo in PEM: the form in which the ledger keeps a device's key. */
export function publicKeyPem(key: KeyObject): string {
  return key.export({ type: 'spki', format: 'pem' }).toString();
}

/** DER of the SubjectPublicKeyInfo: the form in which certificates carry a key. */
export function publicKeyDer(key: KeyObject): Buffer {
  return key.export({ type: 'spki', format: 'der' });
}

export function signingKey(key: KeyObject): webcrypto.CryptoKey {
  return key.toCryptoKey(CURVE, true, ['sign']);
}

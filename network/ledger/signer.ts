import { type Hash, hash, type Signer } from '@hyperledger/fabric-gateway';
import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { fabricSignature } from '../signing/signature.ts';

/** What the Gateway SDK needs to sign with. */
export interface Signing {
  readonly signer: Signer;
  readonly hash: Hash;
}

/**
 * Signers of ours take the message, not its digest: OpenSSL, which hashes and signs in one call, does it in a fiftieth
 * of the time that the SDK's own signer takes (JavaScript, on digests).
 */
export function signingWith(source: Signer | string): Signing {
  return { signer: signerFrom(source), hash: hash.none };
}

/**
 * @param source a signer of messages (ECDSA on their SHA-256), passed on as it is, or a P-256 private key in PEM (PKCS#8)
 * @throws BiotError KEY_INVALID when the PEM holds no key that can sign for Fabric
 */
export function signerFrom(source: Signer | string): Signer {
  if (typeof source !== 'string') return source;
  const key = privateKeyOf(source);
  return (message) =>
    Promise.resolve(fabricSignature(sign('sha256', message, { key, dsaEncoding: 'ieee-p1363' })));
}

function privateKeyOf(pem: string): KeyObject {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') throw new TypeError('another kind of key');
    return key;
  } catch {
    // Without a cause: what a parser says about a private key may quote it.
    throw new BiotError('KEY_INVALID', 'not a private key that can sign for Fabric: expected P-256 in PEM');
  }
}

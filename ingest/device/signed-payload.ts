import { createPrivateKey, randomUUID, sign } from 'node:crypto';

import { bytesToSign, encodeSign1, type SignedPurpose } from '../../chaincode/protocol/cose-sign1.ts';

interface Signer {
  readonly device: string;
  /** PKCS #8 in PEM, of a P-256 key. */
  readonly privateKey: string;
}

/** What a device sends by CoAP: COSE_Sign1 (RFC 9052), signed with ES256. */
export function signPayload(
  { device, privateKey }: Signer,
  purpose: SignedPurpose,
  payload: Uint8Array,
): Uint8Array {
  const key = { key: createPrivateKey(privateKey), dsaEncoding: 'ieee-p1363' as const };
  return encodeSign1({ device, payload, signature: sign('sha256', bytesToSign(purpose, payload), key) });
}

/** Asks for orders, or for an image: good once, and for five minutes. @param now milliseconds since the Unix epoch */
export function signRequest(
  signer: Signer,
  wanted: { purpose: 'orders' } | { purpose: 'image'; image: string },
  now: number,
): Uint8Array {
  const { purpose, ...rest } = wanted;
  const request = { iat: Math.floor(now / 1000), jti: randomUUID(), ...rest };
  return signPayload(signer, purpose, Buffer.from(JSON.stringify(request)));
}

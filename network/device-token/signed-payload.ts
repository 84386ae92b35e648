import { createPublicKey, verify } from 'node:crypto';
import { promisify } from 'node:util';

import { bytesToSign, type Sign1, type SignedPurpose } from '../../chaincode/protocol/cose-sign1.ts';
import { type Device, validKeys } from '../../chaincode/protocol/device.ts';

const verifySignature = promisify(verify);

/** With any of the keys that are good at the moment: a device whose key is being changed may still use the old one. */
export async function hasSigned(
  device: Pick<Device, 'publicKey' | 'previousKey'>,
  purpose: SignedPurpose,
  { payload, signature, now }: Pick<Sign1, 'payload' | 'signature'> & { now: number },
): Promise<boolean> {
  const bytes = bytesToSign(purpose, payload);
  for (const pem of validKeys(device, now)) {
    if (pem === undefined) continue;
    const key = { key: createPublicKey(pem), dsaEncoding: 'ieee-p1363' as const };
    if (await verifySignature('sha256', bytes, key, signature)) return true;
  }
  return false;
}

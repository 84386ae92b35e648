import { type Signer, signers } from '@hyperledger/fabric-gateway';
import { createPrivateKey } from 'node:crypto';
import { BiotError } from '../../chaincode/protocol/errors.ts';

/**
 * @param source a signer, passed on as it is, or a P-256 private key in PEM (PKCS#8)
 * @throws BiotError KEY_INVALID when the PEM holds no key that can sign for Fabric
 */
export function signerFrom(source: Signer | string): Signer {
  if (typeof source !== 'string') return source;
  try {
    return signers.newPrivateKeySigner(createPrivateKey(source));
  } catch {
    // Without a cause: what a parser says about a private key may quote it.
    throw new BiotError('KEY_INVALID', 'not a private key that can sign for Fabric: expected P-256 in PEM');
  }
}

import type { KeyObject } from 'node:crypto';
import type { Home } from '../home/home.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { type Authority, issueCertificate } from './authority.ts';
import { credentialsIn, openAuthority } from './credentials.ts';
import { publicKeyDer } from './keys.ts';

/** A device may lie in a field for long; what ends its access is the ledger and the revocation list, not the date. */
export const DEVICE_DAYS = 3650;

export function openDevicesAuthority(home: Home): Authority {
  return openAuthority(credentialsIn(home.path('pki', 'devices-ca')));
}

/**
 * The certificate with which a device connects to the broker: its common name is the device's id.
 * The caller has made sure that the key is the device's own.
 * @returns PEM.
 * @throws BiotError KEY_INVALID when the key is not on P-256.
 */
export function issueDeviceCertificate(
  authority: Authority,
  deviceId: string,
  publicKey: KeyObject,
): Promise<string> {
  if (publicKey.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    throw new BiotError('KEY_INVALID', `the key of ${deviceId} is not on the curve P-256`);
  }
  const publicKeyBytes = publicKeyDer(publicKey);
  return issueCertificate(authority, {
    commonName: deviceId,
    publicKey: publicKeyBytes,
    usages: ['client'],
    days: DEVICE_DAYS,
  });
}

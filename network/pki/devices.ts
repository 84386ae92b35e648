import { createPublicKey, type KeyObject } from 'node:crypto';
import type { Home } from '../home/home.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { type Authority, issueCertificate } from './authority.ts';
import { credentialsIn, openAuthority } from './credentials.ts';
import { publicKeyDer } from './keys.ts';
import { Pkcs10CertificateRequest } from './x509.ts';

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

/**
 * The same from a PKCS#10 request, whose signature proves that the sender has the key. The request's own
 * subject and extensions are ignored: a device does not choose its name.
 * @throws BiotError KEY_INVALID when the request cannot be read or is not signed with the key that it carries.
 */
export async function issueFromRequest(
  authority: Authority,
  deviceId: string,
  requestPem: string,
): Promise<string> {
  return issueDeviceCertificate(authority, deviceId, await provenKey(requestPem));
}

async function provenKey(requestPem: string): Promise<KeyObject> {
  try {
    const request = new Pkcs10CertificateRequest(requestPem);
    if (await request.verify()) {
      return createPublicKey({ key: Buffer.from(request.publicKey.rawData), format: 'der', type: 'spki' });
    }
  } catch (cause) {
    throw new BiotError('KEY_INVALID', 'the certificate request cannot be read', { cause });
  }
  throw new BiotError('KEY_INVALID', 'the certificate request is not signed with its own key');
}

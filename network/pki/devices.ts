import type { KeyObject } from 'node:crypto';
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
 */
export function issueDeviceCertificate(
  authority: Authority,
  deviceId: string,
  publicKey: KeyObject,
): Promise<string> {
  return issueFor(authority, deviceId, publicKeyDer(publicKey));
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
  const request = readRequest(requestPem);
  if (!(await request.verify()))
    throw new BiotError('KEY_INVALID', 'the certificate request is not signed with its own key');
  return issueFor(authority, deviceId, new Uint8Array(request.publicKey.rawData));
}

function readRequest(pem: string): Pkcs10CertificateRequest {
  try {
    return new Pkcs10CertificateRequest(pem);
  } catch (cause) {
    throw new BiotError('KEY_INVALID', 'the certificate request cannot be read', { cause });
  }
}

function issueFor(authority: Authority, deviceId: string, publicKey: Uint8Array): Promise<string> {
  return issueCertificate(authority, {
    commonName: deviceId,
    publicKey,
    usages: ['client'],
    days: DEVICE_DAYS,
  });
}

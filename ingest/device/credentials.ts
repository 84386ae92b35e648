import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { readDeviceKey } from './key.ts';

/** What a device shows to the broker: PEM texts. */
export interface DeviceCredentials {
  readonly device: string;
  readonly privateKey: string;
  readonly certificate: string;
}

export function certificateFile(folder: string): string {
  return join(folder, 'cert.pem');
}

/**
 * Reads key and certificate from a device's folder. They are checked here, because a broker only closes the
 * connection and does not say what it dislikes.
 *
 * @throws BiotError KEY_INVALID when one is missing, or they do not belong to each other and to the device
 */
export function readCredentials(folder: string, device: string): DeviceCredentials {
  const { privateKey } = readDeviceKey(folder);
  const file = certificateFile(folder);
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(readFileSync(file));
  } catch (cause) {
    throw new BiotError('KEY_INVALID', `${file} is not a certificate`, { cause });
  }
  if (!certificate.checkPrivateKey(createPrivateKey(privateKey)))
    throw new BiotError('KEY_INVALID', `${file} was issued for another key`);
  if (commonName(certificate) !== device)
    throw new BiotError('KEY_INVALID', `${file} was not issued to ${device}`);
  return { device, privateKey, certificate: certificate.toString() };
}

function commonName(certificate: X509Certificate): string | undefined {
  return /^CN=(.*)$/m.exec(certificate.subject)?.[1];
}

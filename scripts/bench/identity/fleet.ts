import { generateKeyPairSync } from 'node:crypto';

import type { Registration } from '../../../chaincode/protocol/device.ts';

/** A device that has a key of its own and is registered by it. */
export interface BenchDevice {
  readonly registration: Registration;
  /** PKCS #8 in PEM. */
  readonly privateKey: string;
}

const TENANT = 'identity';
const TYPE = 'generic';

/** Devices with their keys. They have different names in each series of one run. */
export function makeDevices(series: string, count: number): BenchDevice[] {
  return Array.from({ length: count }, (_, index) => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', {
      namedCurve: 'P-256',
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    const id = `${series}-${String(index + 1).padStart(6, '0')}`;
    return { registration: { id, tenant: TENANT, type: TYPE, publicKey }, privateKey };
  });
}

import { generateKeyPairSync, type KeyObject } from 'node:crypto';

import { type Header, headerHashHex, NO_PREVIOUS } from '../../../chaincode/protocol/header.ts';
import type { Registration } from '../../../chaincode/protocol/device.ts';
import { sha256, toHex } from '../../../chaincode/protocol/hash.ts';

export function publicKeyPem(key: KeyObject): string {
  return key.export({ type: 'spki', format: 'pem' }).toString();
}

export function newPublicKey(): string {
  return publicKeyPem(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey);
}

export function registration(id: string, changes: Partial<Registration> = {}): Registration {
  return { id, tenant: 'acme', type: 'thermometer', publicKey: newPublicKey(), ...changes };
}

function hashOf(text: string): string {
  return toHex(sha256(Buffer.from(text)));
}

/** `count` headers that follow each other from the log's beginning. */
export function headerChain(logId: string, count: number): Header[] {
  const chain: Header[] = [];
  let previous = NO_PREVIOUS;
  for (let sequence = 0; sequence < count; sequence += 1) {
    const header: Header = {
      logId,
      sequence,
      size: 1 + (sequence % 7),
      root: hashOf(`root ${sequence}`),
      previous,
      ranges: hashOf(`ranges ${sequence}`),
    };
    chain.push(header);
    previous = headerHashHex(header);
  }
  return chain;
}

import { generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';

import type { VerifySignature } from '../firmware/judge.ts';
import {
  type ReleaseContent,
  releaseBytes,
  type ReleaseDraft,
  type SignedRelease,
} from '../firmware/release.ts';
import { checkVendorKey, registrationBytes, type VendorKeyDraft } from '../firmware/vendor-key.ts';
import { sha256, toHex } from '../hash.ts';

export interface TestVendor {
  /** Of its key. */
  readonly id: string;
  /** PEM */
  readonly publicKey: string;
  readonly privateKey: KeyObject;
}

export function newVendor(): TestVendor {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return { ...checkVendorKey(publicKey.export({ type: 'spki', format: 'pem' }).toString()), privateKey };
}

/** What registers the vendor's key as that organisation's (MSP id). */
export function vendorKeyDraft({ id, publicKey, privateKey }: TestVendor, org: string): VendorKeyDraft {
  const proof = sign(null, registrationBytes(id, org), privateKey).toString('base64');
  return { publicKey, description: 'of a test', proof };
}

/** The draft of a release of this image, but for the fields that are given, signed as it then is. */
export function releaseDraft(
  vendor: Pick<TestVendor, 'id' | 'privateKey'>,
  image: Uint8Array,
  fields: Partial<ReleaseContent> = {},
): ReleaseDraft {
  const content: ReleaseContent = {
    id: toHex(sha256(image)),
    type: 'thermometer',
    version: '1.2.0',
    minimumVersion: '1.0.0',
    size: image.length,
    ...fields,
  };
  const signature = sign(null, releaseBytes(content), vendor.privateKey).toString('base64');
  return { ...content, signature, vendorKey: vendor.id, notes: 'of a test' };
}

const DEED = {
  name: 'admin@manufacturer',
  org: 'ManufacturerMSP',
  at: '2026-01-01T00:00:00.000Z',
  transaction: '0'.repeat(64),
};

/** As the ledger has it when another organisation has approved it. */
export function approvedRelease({ id, publicKey }: TestVendor, draft: ReleaseDraft): SignedRelease {
  const org = 'ManufacturerMSP';
  return {
    ...draft,
    org,
    state: 'approved',
    published: DEED,
    decided: { ...DEED, name: 'admin@operator', org: 'OperatorMSP' },
    withdrawn: null,
    reason: null,
    key: {
      ...{ id, org, publicKey, description: 'of a test', state: 'active' },
      ...{ registered: DEED, revoked: null, reason: null },
    },
  };
}

export const verifyEd25519: VerifySignature = (publicKey, bytes, signature) =>
  verify(null, bytes, publicKey, Buffer.from(signature, 'base64'));

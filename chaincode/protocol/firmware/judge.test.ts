import { expect } from 'chai';
import fc from 'fast-check';

import { sha256, toHex } from '../hash.ts';
import { compareVersions } from '../policy/version.ts';
import { approvedRelease, newVendor, releaseDraft, verifyEd25519 } from '../testing/firmware.ts';
import {
  type DeviceFirmware,
  type FirmwareRefusal,
  judgeImage,
  judgeRelease,
  type ReceivedImage,
} from './judge.ts';
import type { ReleaseContent, SignedRelease } from './release.ts';
import { keyRing } from './vendor-key.ts';

const IMAGE = Buffer.from('the bytes of an image');
const VENDOR = newVendor();
const STRANGER = newVendor();
const RELEASE = release();
const DEVICE: DeviceFirmware = {
  type: 'thermometer',
  installed: '1.1.0',
  vendorKeys: keyRing([VENDOR.publicKey]),
  verify: verifyEd25519,
};

function release(fields: Partial<ReleaseContent> = {}): SignedRelease {
  return approvedRelease(VENDOR, releaseDraft(VENDOR, IMAGE, fields));
}

function received(image: Uint8Array): ReceivedImage {
  return { size: image.length, hash: toHex(sha256(image)) };
}

describe('what a device makes of an image', () => {
  it('installs what its vendor signed and the ledger has approved', () => {
    expect(judgeImage(RELEASE, DEVICE, received(IMAGE))).to.equal(undefined);
  });

  const stranger = approvedRelease(STRANGER, releaseDraft(STRANGER, IMAGE));
  const wrong: Readonly<Record<string, [FirmwareRefusal, SignedRelease, Partial<DeviceFirmware>?]>> = {
    'nobody approved it': ['not approved', { ...RELEASE, state: 'published' }],
    'somebody rejected it': ['not approved', { ...RELEASE, state: 'rejected' }],
    'it was withdrawn': ['withdrawn', { ...RELEASE, state: 'withdrawn' }],
    'a stranger signed it': ['key not trusted', stranger],
    'a stranger signed it, and its key comes under the vendor’s id': [
      'signature wrong',
      { ...stranger, vendorKey: VENDOR.id, key: { ...stranger.key, id: VENDOR.id } },
    ],
    'the vendor’s key is revoked': [
      'key not trusted',
      { ...RELEASE, key: { ...RELEASE.key, state: 'revoked' } },
    ],
    'it comes with the state of another key': [
      'key not trusted',
      { ...RELEASE, key: { ...RELEASE.key, id: STRANGER.id } },
    ],
    'its signature is of another release': ['signature wrong', { ...RELEASE, signature: stranger.signature }],
    'its signature is no signature': ['signature wrong', { ...RELEASE, signature: '' }],
    'it was signed for another version': ['signature wrong', { ...RELEASE, version: '1.3.0' }],
    'it was signed for another size': ['signature wrong', { ...RELEASE, size: RELEASE.size + 1 }],
    'it was signed for another image': ['signature wrong', { ...RELEASE, id: 'f'.repeat(64) }],
    'it was signed for another minimum': ['signature wrong', { ...RELEASE, minimumVersion: '0.0.0' }],
    'it was signed for another type': ['signature wrong', { ...RELEASE, type: 'press' }],
    'it is for another type': ['type wrong', release({ type: 'press' })],
    'it is the version that is installed': ['downgrade', RELEASE, { installed: '1.2.0' }],
    'it is older than what is installed': ['downgrade', RELEASE, { installed: '1.10.0' }],
    'what is installed is too old': ['below minimum', RELEASE, { installed: '0.9.9' }],
  };
  for (const [what, [refusal, offered, device = {}]] of Object.entries(wrong))
    it(`does not even fetch it when ${what}: ${refusal}`, () => {
      expect(judgeRelease(offered, { ...DEVICE, ...device })).to.equal(refusal);
      expect(judgeImage(offered, { ...DEVICE, ...device }, received(IMAGE))).to.equal(refusal);
    });

  it('refuses an image that is not the release’s, whatever became of its bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2 * IMAGE.length }), (image) => {
        fc.pre(!IMAGE.equals(image));
        const expected =
          image.length < IMAGE.length
            ? 'truncated'
            : image.length > IMAGE.length
              ? 'size wrong'
              : 'hash wrong';
        expect(judgeImage(RELEASE, DEVICE, received(image))).to.equal(expected);
      }),
    );
    const flipped = Buffer.from(IMAGE).fill('x', 3, 4);
    expect(judgeImage(RELEASE, DEVICE, received(flipped))).to.equal('hash wrong');
  });

  it('goes to newer versions alone, from those that the vendor named', () => {
    const anyVersion = fc.tuple(fc.nat(3), fc.nat(12), fc.nat(3)).map((parts) => parts.join('.'));
    fc.assert(
      fc.property(anyVersion, anyVersion, anyVersion, (installed, version, minimumVersion) => {
        const refusal = judgeRelease(release({ version, minimumVersion }), { ...DEVICE, installed });
        const isNewer = compareVersions(installed, version) < 0;
        const isEnough = compareVersions(minimumVersion, installed) <= 0;
        expect(refusal).to.equal(isNewer ? (isEnough ? undefined : 'below minimum') : 'downgrade');
      }),
    );
  });
});

import { expect } from 'chai';
import fc from 'fast-check';

import { toHex } from '../hash.ts';
import { newVendor, releaseDraft } from '../testing/firmware.ts';
import {
  RELEASE_STATES,
  type ReleaseContent,
  releaseBytes,
  releaseDraftSchema,
  releaseStateAfter,
  type ReleaseStep,
} from './release.ts';

const anyVersion = fc.tuple(fc.nat(20), fc.nat(20), fc.nat(20)).map((parts) => parts.join('.'));
const anyContent: fc.Arbitrary<ReleaseContent> = fc.record({
  id: fc.uint8Array({ minLength: 32, maxLength: 32 }).map(toHex),
  type: fc.stringMatching(/^[a-z0-9]{1,8}$/),
  version: anyVersion,
  minimumVersion: anyVersion,
  size: fc.integer({ min: 1, max: 1_000_000 }),
});

describe('releases of firmware', () => {
  it('have other bytes to sign whenever anything of what is signed differs', () => {
    fc.assert(
      fc.property(anyContent, anyContent, (one, other) => {
        const same = JSON.stringify(one) === JSON.stringify(other);
        expect(toHex(releaseBytes(one)) === toHex(releaseBytes(other))).to.equal(same);
        for (const [field, value] of Object.entries(other)) {
          const changed = { ...one, [field]: value };
          const isSame = JSON.stringify(changed) === JSON.stringify(one);
          expect(toHex(releaseBytes(changed)) === toHex(releaseBytes(one)), field).to.equal(isSame);
        }
      }),
    );
  });

  it('have these bytes and no others, for signers in other languages', () => {
    const id = 'ab'.repeat(32);
    const bytes = releaseBytes({ id, type: 'press', version: '1.2.0', minimumVersion: '1.0.0', size: 258 });
    const text = (value: string): string =>
      `00${value.length.toString(16).padStart(2, '0')}${toHex(Buffer.from(value))}`;
    expect(toHex(bytes)).to.equal(
      [...['biot.firmware.1', 'press', '1.2.0', '1.0.0'].map(text), '0000000000000102', id].join(''),
    );
  });

  it('are drafted as they have to be', () => {
    const draft = releaseDraft(newVendor(), Buffer.from('an image'));
    expect(releaseDraftSchema.safeParse(draft).success).to.equal(true);
    for (const [what, changes] of Object.entries({
      'a hash in upper case': { id: draft.id.toUpperCase() },
      'an image of nothing': { size: 0 },
      'an image that no device has room for': { size: 2 ** 40 },
      'a version with a word': { version: '1.2.0-beta' },
      'a minimum that is the version': { minimumVersion: '1.2.0' },
      'a minimum above the version': { minimumVersion: '1.10.0' },
      'a signature of another length': { signature: draft.signature.slice(4) },
      'a signature in hex': { signature: 'ab'.repeat(44) },
      'the word of the caller about its state': { state: 'approved' },
    }))
      expect(releaseDraftSchema.safeParse({ ...draft, ...changes }).success, what).to.equal(false);
  });

  it('go where they may from every state, and nowhere else', () => {
    const steps = ['approve', 'reject', 'withdraw'] as const;
    const outcome = (state: (typeof RELEASE_STATES)[number], step: ReleaseStep): string => {
      try {
        return releaseStateAfter(state, step);
      } catch (error) {
        return error instanceof Error && 'code' in error ? String(error.code) : 'another failure';
      }
    };
    const table = RELEASE_STATES.map(
      (state) => `${state}: ${steps.map((step) => outcome(state, step)).join(', ')}`,
    );
    expect(table).to.deep.equal([
      'published: approved, rejected, withdrawn',
      'approved: TRANSITION_ILLEGAL, TRANSITION_ILLEGAL, withdrawn',
      'rejected: TRANSITION_ILLEGAL, TRANSITION_ILLEGAL, TRANSITION_ILLEGAL',
      'withdrawn: TRANSITION_ILLEGAL, TRANSITION_ILLEGAL, TRANSITION_ILLEGAL',
    ]);
  });
});

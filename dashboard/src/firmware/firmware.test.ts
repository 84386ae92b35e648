import { expect } from 'chai';

import { RELEASE_STATES } from '../../../chaincode/protocol/firmware/release.ts';
import {
  approvedRelease,
  newVendor,
  releaseDraft,
  vendorKeyDraft,
} from '../../../chaincode/protocol/testing/firmware.ts';
import type { Action } from '../api/types.ts';
import { byType, releaseChoice } from './release-choice.ts';
import { imageFacts, misfit, releaseDraftOf, vendorKeyDraftOf } from './signed-draft.ts';

const IMAGE = Buffer.from('the bytes of an image');
const VENDOR = newVendor();
const DRAFT = releaseDraft(VENDOR, IMAGE);
const RELEASE = { ...approvedRelease(VENDOR, DRAFT), state: 'published' as const, stored: false };
const PUBLISHER = { org: 'ManufacturerMSP' };
const OTHER = { org: 'OperatorMSP' };
const all = (): boolean => true;

describe('what a vendor signed', () => {
  it('is taken as it was printed', () => {
    expect(releaseDraftOf(JSON.stringify(DRAFT, null, 2))).to.deep.equal({ draft: DRAFT });
    const key = vendorKeyDraft(VENDOR, 'OperatorMSP');
    expect(vendorKeyDraftOf(JSON.stringify(key))).to.deep.equal({ draft: key });
  });

  it('is refused with what is wrong with it', () => {
    const errorOf = (text: string): unknown => {
      const read = releaseDraftOf(text);
      return 'error' in read ? read.error : read;
    };
    expect(errorOf('no JSON')).to.include('npm run firmware -- sign');
    expect(errorOf(JSON.stringify({ ...DRAFT, size: 0 }))).to.include('size: ');
    expect(errorOf(JSON.stringify({ ...DRAFT, minimumVersion: DRAFT.version }))).to.include('not older');
    expect(errorOf(JSON.stringify({ ...DRAFT, state: 'approved' }))).to.include('state');
    expect(vendorKeyDraftOf(JSON.stringify(DRAFT))).to.have.property('error');
  });

  it('is of one image alone', async () => {
    const facts = await imageFacts(new File([IMAGE], 'image.bin'));
    expect(misfit(facts, DRAFT)).to.equal(undefined);
    const longer = await imageFacts(new File([IMAGE, 'x'], 'image.bin'));
    expect(misfit(longer, DRAFT)).to.include('22 bytes');
    const other = await imageFacts(new File([IMAGE.map((byte) => byte ^ 1)], 'image.bin'));
    expect(misfit(other, DRAFT)).to.include('not the image that was signed');
  });
});

describe('what a member may do with a release', () => {
  it('is to approve another organisation’s, and to upload the image of one’s own', () => {
    expect(releaseChoice(RELEASE, OTHER, all)).to.deep.equal({
      decide: true,
      withdraw: true,
      upload: false,
      note: '',
    });
    const own = releaseChoice(RELEASE, PUBLISHER, all);
    expect(own).to.include({ decide: false, withdraw: true, upload: true });
    expect(own.note).to.include('another organisation');
    expect(releaseChoice({ ...RELEASE, stored: true }, PUBLISHER, all).upload).to.equal(false);
  });

  it('is nothing without the right to, without a member, or when it is over', () => {
    const none = { decide: false, withdraw: false, upload: false };
    const reading = (action: Action): boolean => action === 'firmware:read';
    for (const member of [OTHER, PUBLISHER]) expect(releaseChoice(RELEASE, member, reading)).to.include(none);
    expect(releaseChoice(RELEASE, undefined, all)).to.include(none);
    for (const state of RELEASE_STATES.filter((each) => each === 'rejected' || each === 'withdrawn'))
      expect(releaseChoice({ ...RELEASE, state }, OTHER, all)).to.deep.equal({ ...none, note: '' });
  });

  it('is never to approve what a revoked key signed', () => {
    const key = { ...RELEASE.key, state: 'revoked' as const };
    expect(releaseChoice({ ...RELEASE, key }, OTHER, all)).to.include({ decide: false, withdraw: true });
  });
});

describe('releases', () => {
  it('are shown by type, in the order in which they come', () => {
    const releases = ['press', 'press', 'valve'].map((type, index) => ({
      ...RELEASE,
      type,
      version: `1.${index}.0`,
    }));
    const shown = byType(releases).map(({ type, releases: ofType }) => [
      type,
      ofType.map(({ version }) => version),
    ]);
    expect(shown).to.deep.equal([
      ['press', ['1.0.0', '1.1.0']],
      ['valve', ['1.2.0']],
    ]);
  });
});

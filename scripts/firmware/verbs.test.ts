import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import type { ReleaseDraft } from '../../chaincode/protocol/firmware/release.ts';
import { makeVendorKey, signRelease } from './signing.ts';
import { VERBS } from './verbs.ts';

/** None of it needs an installation: what is wrong is found before the ledger is asked. */
describe('verbs of firmware', () => {
  let folder: string;
  let image: string;
  let draft: ReleaseDraft;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'biot-firmware-'));
    image = join(folder, 'image.bin');
    writeFileSync(image, 'an image');
    makeVendorKey(join(folder, 'vendor.pem'));
    draft = await signed(image);
  });

  after(() => {
    rmSync(folder, { recursive: true });
  });

  const signed = (file: string) =>
    signRelease({
      ...{ image: file, key: join(folder, 'vendor.pem'), type: 'thermometer' },
      ...{ version: '1.1.0', minimumVersion: '1.0.0', notes: 'of a test' },
    });

  /** What publishing is refused with. */
  async function refusal(content: string, file = image): Promise<unknown> {
    const name = join(folder, 'draft.json');
    writeFileSync(name, content);
    return VERBS['publish']?.({ words: [name, file], values: { as: 'admin@manufacturer' } }).catch(
      (error: unknown) => error,
    );
  }

  const invalid = (error: unknown) =>
    expect(error).to.include({ name: 'BiotError', code: 'INVALID_ARGUMENT' }).and.property('message');

  it('name the draft and its field that is wrong', async () => {
    const wrong = JSON.stringify({ ...draft, version: 'banana' });
    invalid(await refusal(wrong))
      .to.contain('draft.json is no draft of a release')
      .and.contain('at version');
  });

  it('name a draft that is no JSON', async () => {
    invalid(await refusal('banana')).to.contain('draft.json is not JSON');
  });

  it('name an image that is not there before anything is published or signed', async () => {
    const missing = join(folder, 'missing.bin');
    invalid(await refusal(JSON.stringify(draft), missing)).to.equal(`cannot read ${missing}`);
    invalid(await signed(missing).catch((error: unknown) => error)).to.equal(`cannot read ${missing}`);
  });
});

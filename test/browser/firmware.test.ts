import { randomBytes } from 'node:crypto';

import { expect } from 'chai';
import type { Locator, Page } from 'playwright-core';

import { newVendor, releaseDraft, vendorKeyDraft } from '../../chaincode/protocol/testing/firmware.ts';
import { firmwareLedger } from '../../network/ledger/firmware.ts';
import { typeLedger } from '../../network/ledger/types.ts';
import { testHome } from '../harness/instance.ts';
import { membersOf } from '../harness/members.ts';
import { certified, chooseOwnKey, openKeyDialog } from './own-key-files.ts';
import { Pages, PHONE } from './pages.ts';

const VENDOR_SIDE = 'admin@manufacturer';
const APPROVER = 'admin@operator';

describe('firmware in Chromium', function () {
  this.timeout(120_000);
  const home = testHome();
  const members = membersOf(home);
  const type = `pump-${randomBytes(4).toString('hex')}`;
  const vendor = newVendor();
  const image = randomBytes(2_000_000);
  const draft = releaseDraft(vendor, image, { type });
  let pages: Pages;
  let page: Page;
  let approver: Page;

  before(async () => {
    await typeLedger(members.as(VENDOR_SIDE)).put({
      name: type,
      description: 'A trial',
      sensors: [{ name: 'temperature', unit: '°C', minimum: null, maximum: null, dataType: 'number' }],
    });
    pages = await Pages.open(home);
    page = await pages.newPage();
    await pages.signIn(page, VENDOR_SIDE);
    approver = await pages.newPage();
    await pages.signIn(approver, APPROVER);
  });
  after(async () => {
    await pages.close();
    members.close();
  });

  const json = (value: unknown): string => JSON.stringify(value, null, 2);
  const row = (target: Page, version: string): Locator =>
    target.getByRole('region', { name: `Releases for ${type}` }).getByRole('listitem', {
      name: `${type} ${version}`,
    });
  const choose = (dialog: Locator, name: string, buffer: Buffer): Promise<void> =>
    dialog
      .getByLabel('Choose the image')
      .setInputFiles({ name, mimeType: 'application/octet-stream', buffer });

  it('is signed by a key that says itself whose it is', async () => {
    await page.goto(`${pages.dashboard}firmware/keys`);
    await page.getByRole('button', { name: 'Register a key' }).click();
    const dialog = page.getByRole('dialog', { name: 'Register a vendor key' });
    await dialog.getByLabel('What it printed').fill('no JSON');
    await dialog.getByText('This is not what npm run firmware -- prove printed.').waitFor();
    await dialog.getByLabel('What it printed').fill(json(vendorKeyDraft(vendor, 'OperatorMSP')));
    await dialog.getByRole('button', { name: 'Register it' }).click();
    await dialog
      .getByRole('alert')
      .getByText('the key has not signed that ManufacturerMSP registers it')
      .waitFor();
    await pages.look(page, 'firmware-key-refused');
    await dialog.getByLabel('What it printed').fill(json(vendorKeyDraft(vendor, 'ManufacturerMSP')));
    await dialog.getByRole('button', { name: 'Register it' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('list', { name: 'Vendor keys' }).getByText(vendor.id.slice(0, 6)).waitFor();
    await pages.look(page, 'firmware-keys');
  });

  it('is published with the image that was signed, and no other', async () => {
    await page.goto(`${pages.dashboard}firmware`);
    await page.getByRole('button', { name: 'Publish a release' }).click();
    const dialog = page.getByRole('dialog', { name: 'Publish a release' });
    await dialog.getByRole('button', { name: 'Publish' }).click();
    await dialog.getByText('Choose the image.').waitFor();
    await dialog.getByLabel('What the vendor signed').fill(json(draft));
    await choose(dialog, 'other.bin', randomBytes(image.length));
    await dialog.getByText('other.bin is not the image that was signed').waitFor();
    await pages.look(page, 'firmware-publish-wrong');
    await choose(dialog, 'pump-1.2.0.bin', image);
    await dialog.getByText('the one that was signed').waitFor();
    // The upload rests until the bar was seen.
    const { promise: seen, resolve: goOn } = Promise.withResolvers<undefined>();
    await page.route('**/api/v1/firmware/images/*', async (route) => {
      await seen;
      await route.continue();
    });
    await dialog.getByRole('button', { name: 'Publish' }).click();
    await dialog.getByRole('progressbar', { name: 'Uploaded' }).waitFor();
    await pages.look(page, 'firmware-uploading');
    goOn(undefined);
    await dialog.waitFor({ state: 'detached' });
    await page.unroute('**/api/v1/firmware/images/*');
    await row(page, '1.2.0').getByText('published', { exact: true }).waitFor();
    await row(page, '1.2.0').getByText('2 MB').waitFor();
    await row(page, '1.2.0').getByText('no image at the gateway').waitFor({ state: 'detached' });
    expect(await row(page, '1.2.0').getByRole('button', { name: 'Approve…' }).count()).to.equal(0);
  });

  it('is approved by another organisation, which the publisher sees without asking', async () => {
    await approver.goto(`${pages.dashboard}firmware`);
    await row(approver, '1.2.0').getByRole('button', { name: 'Approve…' }).click();
    const dialog = approver.getByRole('dialog', { name: `Approve ${type} 1.2.0?` });
    await pages.look(approver, 'firmware-approve');
    await dialog.getByRole('button', { name: 'Approve' }).click();
    await row(approver, '1.2.0').getByText('approved', { exact: true }).waitFor();
    await row(page, '1.2.0').getByText('approved', { exact: true }).waitFor();
    await pages.look(page, 'firmware');
  });

  it('is approved with a key of one’s own, once what the peers have was seen', async () => {
    const later = releaseDraft(vendor, randomBytes(1000), { type, version: '1.3.0' });
    await firmwareLedger(members.as(VENDOR_SIDE)).publish(later);
    await chooseOwnKey(await openKeyDialog(approver), await certified(home, APPROVER));
    await approver.getByText('You sign with your own key from now on.').waitFor();
    await row(approver, '1.3.0').getByText('no image at the gateway').waitFor();
    await row(approver, '1.3.0').getByRole('button', { name: 'Approve…' }).click();
    await approver.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
    const signing = approver.getByRole('dialog', { name: 'Sign: firmware approve' });
    await signing.getByText(later.id).waitFor();
    await signing.getByRole('button', { name: 'Sign', exact: true }).click();
    await signing.getByText('1.3.0').waitFor();
    await pages.look(approver, 'firmware-sign');
    await signing.getByRole('button', { name: 'Sign', exact: true }).click();
    await row(approver, '1.3.0').getByText('approved', { exact: true }).waitFor();
  });

  it('is withdrawn with a reason', async () => {
    await row(page, '1.3.0').getByRole('button', { name: 'Withdraw…' }).click();
    const dialog = page.getByRole('dialog', { name: `Withdraw ${type} 1.3.0?` });
    await dialog.getByLabel('Reason').fill('it restarts at night');
    await dialog.getByRole('button', { name: 'Withdraw' }).click();
    await row(page, '1.3.0').getByText('withdrawn', { exact: true }).waitFor();
    await row(page, '1.3.0').getByText('“it restarts at night”').waitFor();
  });

  it('can be read on a phone in the dark, by who may do nothing else', async () => {
    const phone = await pages.newPage({ viewport: PHONE, colorScheme: 'dark' });
    await pages.signIn(phone, 'auditor@auditor');
    await phone.goto(`${pages.dashboard}firmware`);
    await row(phone, '1.3.0').scrollIntoViewIfNeeded();
    expect(
      await phone
        .getByRole('main')
        .getByRole('button', { name: /…$|Publish/ })
        .count(),
    ).to.equal(0);
    expect(await pages.overflow(phone)).to.be.at.most(0);
    await pages.look(phone, 'firmware-phone-dark');
    await phone.getByRole('link', { name: 'Vendor keys' }).click();
    await phone.getByRole('list', { name: 'Vendor keys' }).waitFor();
    expect(await pages.overflow(phone)).to.be.at.most(0);
    await pages.look(phone, 'firmware-keys-phone-dark');
    await phone.context().close();
    const wide = await pages.newPage({ viewport: PHONE, colorScheme: 'light' });
    await pages.signIn(wide, VENDOR_SIDE);
    await wide.goto(`${pages.dashboard}firmware`);
    await wide.getByRole('button', { name: 'Publish a release' }).click();
    await wide.getByRole('dialog').getByLabel('What the vendor signed').fill(json(draft));
    await pages.look(wide, 'firmware-publish-phone');
    expect(await pages.overflow(wide)).to.be.at.most(0);
    await wide.context().close();
  });

  it('never makes the browser complain, but of the one refusal', () => {
    expect(pages.complaints.filter((complaint) => !complaint.includes('403'))).to.deep.equal([]);
  });
});

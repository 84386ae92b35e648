import { expect } from 'chai';
import { generateKeyPairSync } from 'node:crypto';
import type { Locator, Page } from 'playwright-core';

import { testHome } from '../harness/instance.ts';
import { DESKTOP, Pages, PHONE } from './pages.ts';

function keyPair(): { publicKey: string; privateKey: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

describe('managing a device in Chromium', function () {
  this.timeout(120_000);
  const device = `trial-${Date.now().toString(36)}`;
  let pages: Pages;
  let page: Page;

  before(async () => {
    pages = await Pages.open(testHome());
    page = await pages.newPage();
    await pages.signIn(page, 'admin@operator');
  });
  after(async () => {
    await pages.close();
  });

  async function manage(item: string): Promise<Locator> {
    await page.getByRole('button', { name: 'Manage' }).click();
    await page.getByRole('menuitem', { name: item }).click();
    return page.getByRole('dialog');
  }

  /** What the newest change in the history is called. */
  function latest(on: Page, title: string): Locator {
    return on.getByRole('region', { name: 'On the ledger' }).getByRole('listitem').first().getByText(title);
  }

  async function giveReason(dialog: Locator, reason: string, button: string): Promise<void> {
    await dialog.getByLabel('Reason').fill(reason);
    await dialog.getByRole('button', { name: button, exact: true }).click();
  }

  it('marks where one is', async () => {
    await page.goto(`${pages.dashboard}devices/press-01`);
    const devices = page.getByRole('navigation').first().getByRole('link', { name: 'Devices' });
    expect(await devices.getAttribute('aria-current')).to.equal('page');
    const overview = page.getByRole('navigation').first().getByRole('link', { name: 'Overview' });
    expect(await overview.getAttribute('aria-current')).to.equal(null);
  });

  it('registers a device with the key that was pasted, but for a private one', async () => {
    const { publicKey, privateKey } = keyPair();
    await page.goto(`${pages.dashboard}devices`);
    await page.getByRole('button', { name: 'Register', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Device id').fill(device);
    await dialog.getByLabel('Tenant').fill('acme');
    await dialog.getByLabel('Type').selectOption('press');
    await dialog.getByLabel('Public key').fill(privateKey);
    await dialog.getByRole('button', { name: 'Register', exact: true }).click();
    await dialog.getByText('must never leave the device').waitFor();
    await dialog.getByLabel('Public key').fill(publicKey);
    await dialog.getByText('Its fingerprint is').waitFor();
    await dialog.getByRole('button', { name: 'Register', exact: true }).click();
    await page.getByText(`${device} is registered.`).waitFor();
    await page.goto(`${pages.dashboard}devices/${device}`);
    await latest(page, 'registered').waitFor();
  });

  it('sets groups and tags', async () => {
    const dialog = await manage('Groups and tags');
    await dialog.getByLabel('Groups').fill('Hall 7');
    await dialog.getByRole('button', { name: 'Add a tag' }).click();
    await dialog.getByLabel('Name of tag 1').fill('site');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.getByText('The tag site has no value.').waitFor();
    await pages.look(page, 'device-labels-errors');
    await dialog.getByLabel('Groups').fill('hall-7, line-2');
    await dialog.getByLabel('Value of tag 1').fill('Ulm');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await latest(page, 'Labels changed').waitFor();
    await page.getByText('hall-7, line-2', { exact: true }).waitFor();
  });

  it('changes the key of one that was never active at once: the old one never worked', async () => {
    const dialog = await manage('Change the key');
    await dialog.getByLabel('New public key').fill(keyPair().publicKey);
    expect(await dialog.getByLabel('The old key works').count()).to.equal(0);
    await dialog.getByRole('button', { name: 'Change the key' }).click();
    await latest(page, 'Key changed').waitFor();
    await page
      .getByText(/works for another/)
      .first()
      .waitFor({ state: 'detached' });
  });

  it('is activated', async () => {
    await page.getByRole('button', { name: 'Change status' }).click();
    await page.getByRole('menuitem', { name: 'Activate' }).click();
    await giveReason(page.getByRole('dialog'), 'deployed', 'Activate');
    await latest(page, 'active').waitFor();
  });

  it('changes the key, and shows for how long the old one works', async () => {
    const dialog = await manage('Change the key');
    await dialog.getByLabel('New public key').fill(keyPair().publicKey);
    await dialog.getByLabel('The old key works').selectOption('For another week');
    await pages.look(page, 'device-rotate');
    await dialog.getByRole('button', { name: 'Change the key' }).click();
    await latest(page, 'Key changed').waitFor();
    await page.getByText(/works for another [67] d/).waitFor();
  });

  it('provisions it anew, which begins an epoch and ends the old keys', async () => {
    const dialog = await manage('Provision anew');
    await dialog.getByLabel('New public key').fill(keyPair().publicKey);
    await giveReason(dialog, 'its board was replaced', 'Provision anew');
    await latest(page, 'Provisioned anew').waitFor();
    await page
      .getByText(/works for another/)
      .first()
      .waitFor({ state: 'detached' });
    await pages.look(page, 'device-managed');
  });

  it('shows why the ledger refuses, and keeps what was typed', async () => {
    const dialog = await manage('Change the key');
    const { publicKey } = keyPair();
    await dialog.getByLabel('New public key').fill(publicKey);
    await dialog.getByRole('button', { name: 'Change the key' }).click();
    await latest(page, 'Key changed').waitFor();
    const again = await manage('Change the key');
    await again.getByLabel('New public key').fill(publicKey);
    await again.getByRole('button', { name: 'Change the key' }).click();
    await again.getByText(/has this key already/).waitFor();
    await pages.look(page, 'device-rotate-refused');
    expect(await again.getByLabel('New public key').inputValue()).to.equal(publicKey);
    await page.keyboard.press('Escape');
  });

  it('offers it to another organisation, and takes that back', async () => {
    const dialog = await manage('Hand over');
    await dialog.getByLabel('To').selectOption('Manufacturer');
    await giveReason(dialog, 'for repair', 'Offer');
    await page.getByRole('region', { name: 'Offer' }).getByText('Offered to Manufacturer').waitFor();
    await pages.look(page, 'device-offered');
    await page.getByRole('button', { name: 'Withdraw the offer…' }).click();
    await giveReason(page.getByRole('dialog'), 'repaired here', 'Withdraw the offer');
    await latest(page, 'Offer withdrawn').waitFor();
    await page.getByRole('region', { name: 'Offer' }).waitFor({ state: 'detached' });
  });

  it('becomes another organisation’s when that one accepts, whose it is to manage from then on', async () => {
    const dialog = await manage('Hand over');
    await dialog.getByLabel('To').selectOption('Manufacturer');
    await giveReason(dialog, 'sent back for good', 'Offer');
    await page.getByRole('region', { name: 'Offer' }).waitFor();
    expect(await page.getByRole('button', { name: 'Accept…' }).count()).to.equal(0);

    const other = await pages.newPage({ viewport: DESKTOP, colorScheme: 'dark' });
    await pages.signIn(other, 'admin@manufacturer');
    await other.goto(`${pages.dashboard}devices/${device}`);
    await other.getByRole('button', { name: 'Accept…' }).click();
    await pages.look(other, 'device-accept-dark');
    await giveReason(other.getByRole('dialog'), 'arrived', 'Accept');
    await latest(other, 'Handed over').waitFor();
    await other.getByRole('button', { name: 'Manage' }).waitFor();
    await other.context().close();

    await page.reload();
    await latest(page, 'Handed over').waitFor();
    expect(await page.getByRole('button', { name: 'Manage' }).count()).to.equal(0);
    expect(await page.getByRole('button', { name: 'Change status' }).count()).to.equal(0);
  });

  it('works at the width of a phone', async () => {
    const phone = await pages.newPage({ viewport: PHONE, colorScheme: 'dark' });
    await pages.signIn(phone, 'admin@manufacturer');
    await phone.goto(`${pages.dashboard}devices/${device}`);
    await latest(phone, 'Handed over').waitFor();
    expect(await pages.overflow(phone)).to.be.at.most(0);
    await pages.look(phone, 'device-managed-phone-dark');
    await phone.getByRole('button', { name: 'Manage' }).click();
    await phone.getByRole('menuitem', { name: 'Groups and tags' }).click();
    await phone.getByRole('dialog').getByLabel('Groups').waitFor();
    await pages.look(phone, 'device-labels-phone-dark');
    await phone.context().close();
  });

  it('never makes the browser complain', () => {
    // A refusal is an answer that the browser reports by itself.
    const complaints = pages.complaints.filter((text) => !/status of 4\d\d/.test(text));
    expect(complaints).to.deep.equal([]);
  });
});

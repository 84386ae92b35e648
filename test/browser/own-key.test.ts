import { expect } from 'chai';
import { randomBytes } from 'node:crypto';
import type { Locator, Page } from 'playwright-core';
import { z } from 'zod';

import { newCode } from '../../chaincode/protocol/onboarding/code.ts';
import { GENERIC } from '../../network/initial-types.ts';
import { type RegistryLedger, registryLedger } from '../../network/ledger/registry.ts';
import { voucherLedger } from '../../network/ledger/onboarding.ts';
import { generateKeyPair, publicKeyPem } from '../../network/pki/keys.ts';
import { testHome } from '../harness/instance.ts';
import { membersOf } from '../harness/members.ts';
import { certified, chooseOwnKey, openKeyDialog, type OwnKeyFiles } from './own-key-files.ts';
import { Pages, PHONE } from './pages.ts';

const PERSON = 'admin@operator';

describe('a key of one’s own in Chromium', function () {
  this.timeout(120_000);
  const home = testHome();
  const members = membersOf(home);
  const registry: RegistryLedger = registryLedger(members.as(PERSON));
  const device = `own-key-${randomBytes(4).toString('hex')}`;
  let pages: Pages;
  let page: Page;
  let files: OwnKeyFiles;
  /** What the page asked the gateway to change or to sign. */
  const posted: string[] = [];

  before(async () => {
    const { publicKey } = generateKeyPair();
    await registry.register([
      { id: device, tenant: 'acme', type: GENERIC, publicKey: publicKeyPem(publicKey) },
    ]);
    await registry.activate(device, 'for a test');
    files = await certified(home, PERSON);
    pages = await Pages.open(home);
    page = await pages.newPage();
    page.on('request', (request) => {
      const { pathname } = new URL(request.url());
      if (request.method() === 'POST' && !pathname.includes('/auth/')) posted.push(pathname);
    });
    await pages.signIn(page, PERSON);
  });

  after(async () => {
    await registry.revoke(device, 'the test is over');
    await pages.close();
    members.close();
  });

  /** Fills in the change; what comes then depends on who signs. */
  async function ask(label: string, reason: string): Promise<Locator> {
    await page.goto(`${pages.dashboard}devices/${device}`);
    await page.getByRole('button', { name: 'Change status' }).click();
    await page.getByRole('menuitem', { name: `${label}…` }).click();
    const dialog = page.getByRole('dialog', { name: `${label} ${device}?` });
    await dialog.getByLabel('Reason').fill(reason);
    await dialog.getByRole('button', { name: label, exact: true }).click();
    return dialog;
  }

  const signing = (): Locator => page.getByRole('dialog', { name: /^Sign: device/ });
  const statusNow = async (): Promise<string> => (await registry.get(device)).status;

  it('is refused when it is another’s, or none', async () => {
    const dialog = await openKeyDialog(page);
    await pages.look(page, 'own-key');
    await chooseOwnKey(dialog, await certified(home, 'somebody@operator'));
    await dialog.getByRole('alert').getByText('is somebody@operator’s').waitFor();
    await chooseOwnKey(dialog, { ...files, key: (await certified(home, PERSON)).key });
    await dialog.getByRole('alert').getByText('not that of the certificate').waitFor();
    await pages.look(page, 'own-key-wrong');
    await page.keyboard.press('Escape');
  });

  it('signs what is shown, and the gateway’s copy of the person’s key is not asked', async () => {
    const dialog = await openKeyDialog(page);
    await dialog.getByLabel('Keep it in this browser').check();
    await chooseOwnKey(dialog, files);
    await page.getByText('You sign with your own key from now on.').waitFor();

    posted.length = 0;
    await ask('Suspend', 'a pause, signed here');
    await signing().getByText(device, { exact: true }).waitFor();
    await signing().getByText('a pause, signed here').waitFor();
    await pages.look(page, 'own-key-sign');
    expect(await statusNow()).to.equal('active');
    await signing().getByRole('button', { name: 'Sign', exact: true }).click();
    await page.getByText(`${device} is suspended.`).waitFor();
    const steps = ['proposals', 'endorsements', 'submissions', 'commit-status'];
    expect(posted).to.deep.equal(steps.map((step) => `/api/v1/signing/${step}`));
    const [latest] = await registry.history(device);
    expect(latest?.device).to.include({ status: 'suspended', by: PERSON, reason: 'a pause, signed here' });
  });

  it('is there after a reload, when the person wanted that, and cannot be read out', async () => {
    await page.reload();
    await page.getByRole('button', { name: 'Sign with your own key', pressed: true }).first().waitFor();
    const readable: unknown = await page.evaluate(`new Promise((resolve, reject) => {
      const opening = indexedDB.open('biot-own-keys', 1);
      opening.onerror = () => reject(opening.error);
      opening.onsuccess = () => {
        const all = opening.result.transaction('keys').objectStore('keys').getAll();
        all.onsuccess = () => {
          opening.result.close();
          Promise.all(all.result.map(({ privateKey }) =>
            crypto.subtle.exportKey('pkcs8', privateKey).then(() => 'read', (error) => error.name)
          )).then(resolve, reject);
        };
      };
    })`);
    expect(readable).to.deep.equal(['InvalidAccessError']);
  });

  it('signs nothing when the person does not want to', async () => {
    const dialog = await ask('Activate', 'not now');
    await signing().getByRole('button', { name: 'Do not sign' }).click();
    await dialog.getByRole('alert').getByText('You did not sign it.').waitFor();
    expect(await statusNow()).to.equal('suspended');
  });

  it('signs nothing when the gateway prepared something else', async () => {
    await page.route('**/api/v1/signing/proposals', async (route) => {
      const body = z.looseObject({}).parse(route.request().postDataJSON());
      await route.continue({ postData: JSON.stringify({ ...body, method: 'Revoke' }) });
    });
    const dialog = await ask('Activate', 'mounted again');
    await dialog
      .getByRole('alert')
      .getByText('its method is "Revoke" where "Activate" was asked for')
      .waitFor();
    await pages.look(page, 'own-key-tampered');
    expect(await signing().count()).to.equal(0);
    expect(await statusNow()).to.equal('suspended');
    await page.unroute('**/api/v1/signing/proposals');
  });

  it('redeems a voucher, whose code no block has', async () => {
    const { id, code } = newCode();
    const handed = `own-key-${randomBytes(4).toString('hex')}`;
    const maker = members.as('admin@manufacturer');
    const publicKey = publicKeyPem(generateKeyPair().publicKey);
    await registryLedger(maker).register([{ id: handed, tenant: 'works', type: GENERIC, publicKey }]);
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    await voucherLedger(maker).create({ id, devices: [handed], expiresAt });

    await page.goto(`${pages.dashboard}onboarding/vouchers`);
    await page.getByRole('button', { name: 'Redeem a code' }).click();
    const dialog = page.getByRole('dialog', { name: 'Redeem a code' });
    await dialog.getByLabel('Code').fill(code);
    await dialog.getByLabel('Tenant').fill('acme');
    posted.length = 0;
    await dialog.getByRole('button', { name: 'Redeem', exact: true }).click();
    const signed = page.getByRole('dialog', { name: 'Sign: voucher redeem' });
    await signed.getByText(code).waitFor();
    await pages.look(page, 'own-key-redeem');
    await signed.getByRole('button', { name: 'Sign', exact: true }).click();
    await signed.getByText(handed).waitFor();
    await pages.look(page, 'own-key-redeem-result');
    await signed.getByRole('button', { name: 'Sign', exact: true }).click();
    await page.getByRole('dialog', { name: 'They are yours' }).getByText(handed).waitFor();
    expect(posted.every((path) => path.startsWith('/api/v1/signing/'))).to.equal(true);
    expect(await registry.get(handed)).to.include({ org: 'OperatorMSP', tenant: 'acme', by: PERSON });
    await registry.revoke(handed, 'the test is over');
  });

  it('says where it does not sign: files are imported with the session’s key', async () => {
    await page.goto(`${pages.dashboard}onboarding/import`);
    const publicKey = publicKeyPem(generateKeyPair().publicKey);
    const device = {
      id: `own-key-${randomBytes(4).toString('hex')}`,
      tenant: 'acme',
      type: GENERIC,
      publicKey,
    };
    const buffer = Buffer.from(JSON.stringify([device]));
    await page
      .locator('input[type=file]')
      .setInputFiles({ name: 'devices.json', mimeType: 'application/json', buffer });
    await page.getByText('The session’s key signs this, not your own.').waitFor();
    await pages.look(page, 'own-key-import');
  });

  it('is forgotten when the person says so, and the session signs again', async () => {
    const dialog = await openKeyDialogAfterReload();
    await dialog.getByRole('button', { name: 'Forget the key' }).click();
    await page.getByText('This browser has forgotten your key.').waitFor();
    posted.length = 0;
    await ask('Activate', 'signed by the gateway');
    await page.getByText(`${device} is active.`).waitFor();
    expect(posted).to.deep.equal([`/api/v1/devices/${device}/activate`]);
    await page.reload();
    await page.getByRole('button', { name: 'Sign with your own key', pressed: false }).first().waitFor();
  });

  async function openKeyDialogAfterReload(): Promise<Locator> {
    await page.reload();
    await page.getByRole('button', { name: 'Sign with your own key', pressed: true }).first().waitFor();
    return openKeyDialog(page);
  }

  it('can be used at the width of a phone', async () => {
    const phone = await pages.newPage({ viewport: PHONE, colorScheme: 'dark' });
    await pages.signIn(phone, PERSON);
    await phone.getByRole('button', { name: 'Sign with your own key' }).last().click();
    await phone.getByRole('dialog').getByLabel('Private key').waitFor();
    expect(await pages.overflow(phone)).to.be.at.most(0);
    await pages.look(phone, 'own-key-phone-dark');
    await phone.context().close();
  });

  it('never makes the browser complain', () => {
    expect(pages.complaints).to.deep.equal([]);
  });
});

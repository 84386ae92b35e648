import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';
import { generateKeyPairSync } from 'node:crypto';
import type { Page } from 'playwright-core';
import { z } from 'zod';

import { testHome } from '../harness/instance.ts';
import { DESKTOP, Pages, PHONE } from './pages.ts';

const TENANT = 'acme';
const onboardedSchema = z.object({
  device: z.object({ id: z.string(), status: z.string() }),
  certificate: z.string().includes('BEGIN CERTIFICATE'),
  broker: z.object({ port: z.int() }),
});

describe('onboarding in Chromium', function () {
  this.timeout(120_000);
  const home = testHome();
  const run = Date.now().toString(36);
  const claimed = `claimed-${run}`;
  let folder: string;
  let pages: Pages;
  let page: Page;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'onboarding-'));
    pages = await Pages.open(home);
    page = await pages.newPage();
    await pages.signIn(page, 'admin@operator');
  });
  after(async () => {
    await pages.close();
    rmSync(folder, { recursive: true });
  });

  async function codeShown(on: Page): Promise<string> {
    const code = on.locator('[data-code]');
    await code.waitFor();
    return (await code.innerText()).trim();
  }

  function csv(...ids: string[]): { name: string; mimeType: string; buffer: Buffer } {
    const key = (): string =>
      generateKeyPairSync('ec', { namedCurve: 'P-256' })
        .publicKey.export({ type: 'spki', format: 'der' })
        .toString('base64');
    const lines = ['id,tenant,type,public_key', ...ids.map((id) => `${id},${TENANT},generic,${key()}`)];
    return { name: 'devices.csv', mimeType: 'text/csv', buffer: Buffer.from(`${lines.join('\n')}\n`) };
  }

  describe('by a claim code', () => {
    let command: string;

    it('says at each field what is wrong', async () => {
      await page.goto(`${pages.dashboard}onboarding`);
      await page.getByRole('button', { name: 'Make a code' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Device id').fill('Not An Id');
      await dialog.getByRole('button', { name: 'Make the code' }).click();
      await dialog.getByText('Device id may have').waitFor();
      await pages.look(page, 'claim-form-errors');
    });

    it('shows the code this once, with what the device has to do', async () => {
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Device id').fill(claimed);
      await dialog.getByLabel('Tenant').fill(TENANT);
      await dialog.getByLabel('Type').selectOption('generic');
      await dialog.getByLabel('Groups').fill('hall-7');
      await dialog.getByRole('button', { name: 'Make the code' }).click();
      const code = await codeShown(page);
      command = await dialog
        .getByRole('region', { name: 'On the device, with openssl and curl' })
        .innerText();
      expect(command).to.contain(code);
      await pages.look(page, 'claim-code');
      await page.mouse.click(5, 5);
      expect(await codeShown(page), 'a click beside it does not lose the code').to.equal(code);
      await dialog.getByRole('button', { name: 'I have the code' }).click();
      const row = page.getByRole('row').filter({ hasText: claimed });
      await row.getByText('open').waitFor();
      expect(await page.content()).to.not.contain(code);
      await pages.look(page, 'claims');
    });

    it('makes a device of whoever runs that command, which is seen here', async () => {
      copyFileSync(home.path('pki', 'platform-ca', 'cert.pem'), join(folder, 'platform-ca.pem'));
      execFileSync('sh', ['-euc', command], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
      const answer: unknown = JSON.parse(readFileSync(join(folder, 'onboarded.json'), 'utf8'));
      expect(onboardedSchema.parse(answer).device).to.include({ id: claimed, status: 'active' });
      const row = page.getByRole('row').filter({ hasText: claimed });
      await row.getByText('redeemed').waitFor();
      await row.getByRole('link', { name: claimed }).click();
      await page.getByText('hall-7').first().waitFor();
    });

    it('is withdrawn with a reason', async () => {
      await page.goto(`${pages.dashboard}onboarding/claims`);
      await page.getByRole('button', { name: 'Make a code' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Device id').fill(`lost-${run}`);
      await dialog.getByLabel('Tenant').fill(TENANT);
      await dialog.getByLabel('Type').selectOption('generic');
      await dialog.getByRole('button', { name: 'Make the code' }).click();
      await codeShown(page);
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: `Withdraw the code for lost-${run}` }).click();
      await dialog.getByLabel('Reason').fill('the label was lost');
      await dialog.getByRole('button', { name: 'Withdraw', exact: true }).click();
      await page
        .getByRole('row')
        .filter({ hasText: `lost-${run}` })
        .getByText('withdrawn')
        .waitFor();
    });
  });

  describe('by a file', () => {
    const file = csv(`file-1-${run}`, `file-2-${run}`);

    it('shows every problem by line and column, and registers nothing', async () => {
      await page.goto(`${pages.dashboard}onboarding/import`);
      const wrong = csv(`file-3-${run}`, 'Not An Id');
      await page.getByLabel('Choose a CSV or JSON file').setInputFiles(wrong);
      await page.getByText('This file has problems').waitFor();
      const row = page.getByRole('row').filter({ hasText: 'Not An Id' });
      expect((await row.getByRole('cell').allInnerTexts()).slice(0, 2)).to.deep.equal(['3', 'id']);
      expect(await page.getByRole('button', { name: /^Register/ }).isDisabled()).to.equal(true);
      await pages.look(page, 'import-problems');
    });

    it('registers what is right, once it is told to', async () => {
      await page.getByLabel('Choose a CSV or JSON file').setInputFiles(file);
      await page.getByText('Ready: nothing is wrong with it').waitFor();
      await pages.look(page, 'import-ready');
      await page.getByRole('button', { name: 'Register 2 devices' }).click();
      await page.getByRole('heading', { name: 'Done' }).waitFor();
      await page.getByText('2 of 2 registered').waitFor();
      await pages.look(page, 'import-done');
    });

    it('keeps the file, and says how many exist when it is looked at again', async () => {
      await page.getByRole('link', { name: 'Vouchers' }).click();
      await page.getByRole('link', { name: 'Import a file' }).click();
      await page.getByRole('button', { name: 'Look at it again' }).click();
      await page.getByText('All of them exist already').waitFor();
      expect(await page.getByRole('button', { name: /^Register/ }).isDisabled()).to.equal(true);
      await page.getByLabel('Activate them, too').check();
      await page.getByRole('button', { name: 'Activate 2 devices' }).click();
      await page.getByRole('heading', { name: 'Done' }).waitFor();
      await page.getByText('2 of 2 activated').waitFor();
      await pages.look(page, 'import-activated');
      await page.goto(`${pages.dashboard}devices/file-1-${run}`);
      await page.getByText('active', { exact: true }).first().waitFor();
    });
  });

  describe('by a voucher', () => {
    let manufacturer: Page;
    let code: string;
    before(async () => {
      manufacturer = await pages.newPage({ viewport: DESKTOP, colorScheme: 'dark' });
      await pages.signIn(manufacturer, 'admin@manufacturer');
    });

    it('hands over the devices that were chosen', async () => {
      await manufacturer.goto(`${pages.dashboard}onboarding/import`);
      await manufacturer
        .getByLabel('Choose a CSV or JSON file')
        .setInputFiles(csv(`box-1-${run}`, `box-2-${run}`));
      await manufacturer.getByRole('button', { name: 'Register 2 devices' }).click();
      await manufacturer.getByRole('heading', { name: 'Done' }).waitFor();
      await manufacturer.getByRole('link', { name: 'Vouchers' }).click();
      await manufacturer.getByRole('button', { name: 'Make a voucher' }).click();
      const dialog = manufacturer.getByRole('dialog');
      await dialog.getByRole('button', { name: 'Make the voucher' }).click();
      await dialog.getByText('Choose at least one device.').waitFor();
      await dialog.getByLabel('Search devices').fill(run);
      await dialog.getByLabel(`box-1-${run}`).waitFor();
      await dialog.getByRole('button', { name: 'Choose all shown' }).click();
      await dialog.getByText('2 chosen').waitFor();
      await pages.look(manufacturer, 'voucher-form-dark');
      await dialog.getByRole('button', { name: 'Make the voucher' }).click();
      code = await codeShown(manufacturer);
      await pages.look(manufacturer, 'voucher-code-dark');
    });

    it('are the other organisation’s that redeems the code, and active', async () => {
      await page.goto(`${pages.dashboard}onboarding/vouchers`);
      await page.getByRole('button', { name: 'Redeem a code' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Code').fill(code.slice(0, -1));
      await dialog.getByRole('button', { name: 'Redeem' }).click();
      await dialog.getByText(/27 of 28/).waitFor();
      await pages.look(page, 'redeem-errors');
      await dialog.getByLabel('Code').fill(code.toLowerCase());
      await dialog.getByLabel('Tenant').fill(TENANT);
      await dialog.getByRole('button', { name: 'Redeem' }).click();
      await dialog.getByRole('link', { name: `box-1-${run}` }).waitFor();
      await pages.look(page, 'redeemed');
      await dialog.getByRole('button', { name: 'Done' }).click();
      await page
        .getByRole('row')
        .filter({ hasText: `box-1-${run}` })
        .getByText('redeemed')
        .waitFor();
      await pages.look(page, 'vouchers');
    });

    it('is refused with the reason when it was redeemed before', async () => {
      await page.getByRole('button', { name: 'Redeem a code' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Code').fill(code);
      await dialog.getByLabel('Tenant').fill(TENANT);
      await dialog.getByRole('button', { name: 'Redeem' }).click();
      await dialog.getByText('CODE_REDEEMED').waitFor();
      await page.keyboard.press('Escape');
    });
  });

  describe('on every screen and for everybody', () => {
    it('fits on a phone', async () => {
      const phone = await pages.newPage({ viewport: PHONE, colorScheme: 'dark' });
      await pages.signIn(phone, 'admin@operator');
      for (const way of ['claims', 'vouchers', 'import']) {
        await phone.goto(`${pages.dashboard}onboarding/${way}`);
        await phone.getByRole('navigation', { name: 'Ways' }).waitFor();
        expect(await pages.overflow(phone), way).to.be.at.most(0);
        await pages.look(phone, `onboarding-${way}-phone-dark`);
      }
      await phone.context().close();
    });

    it('offers an operator nothing, and an auditor only to look', async () => {
      const operator = await pages.newPage();
      await pages.signIn(operator, 'operator@operator');
      expect(await operator.getByRole('link', { name: 'Onboarding' }).count()).to.equal(0);
      await operator.context().close();
      const auditor = await pages.newPage();
      await pages.signIn(auditor, 'auditor@auditor');
      await auditor.goto(`${pages.dashboard}onboarding`);
      await auditor.getByRole('row').filter({ hasText: claimed }).waitFor();
      expect(await auditor.getByRole('button', { name: /make|withdraw|redeem/i }).count()).to.equal(0);
      await auditor.context().close();
    });

    it('never makes the browser complain', () => {
      // A refusal is an answer that the browser reports by itself.
      expect(pages.complaints.filter((text) => !/status of 4\d\d/.test(text))).to.deep.equal([]);
    });
  });
});

import { expect } from 'chai';
import type { Page } from 'playwright-core';

import { eventually, testHome } from '../harness/instance.ts';
import { Pages } from './pages.ts';

describe('the audit trail in Chromium', function () {
  this.timeout(90_000);
  let pages: Pages;

  before(async () => {
    pages = await Pages.open(testHome());
  });
  after(async () => {
    await pages.close();
  });

  /** The sign-in itself is an entry. */
  async function open(page: Page): Promise<void> {
    await pages.signIn(page, 'auditor@auditor');
    await page.goto(`${pages.dashboard}audit`);
    await page
      .getByRole('button', { name: /^Verify the entry Sign in by auditor@auditor/ })
      .first()
      .waitFor();
  }

  it('is listed, and an entry is proven in the browser', async () => {
    const page = await pages.newPage();
    await open(page);
    await pages.look(page, 'audit');
    await page
      .getByRole('button', { name: /^Verify the entry/ })
      .first()
      .click();
    const dialog = page.getByRole('dialog', { name: 'Verify an entry' });
    // As long as it is on its way to the ledger, the dialog waits for it.
    await dialog.getByText('Proven', { exact: true }).waitFor({ timeout: 60_000 });
    await eventually(async () => (await dialog.getByRole('listitem').count()) === 5, 'all steps');
    await dialog.getByText('The entry becomes a leaf').waitFor();
    await pages.look(page, 'audit-verify');
    await page.context().close();
  });

  it('fits on a narrow phone', async () => {
    const phone = await pages.newPage({ viewport: { width: 375, height: 812 } });
    await open(phone);
    expect(await pages.overflow(phone)).to.be.at.most(0);
    await pages.look(phone, 'audit-phone');
    await phone
      .getByRole('button', { name: /^Verify the entry/ })
      .first()
      .click();
    await phone.getByRole('dialog').getByText('Proven', { exact: true }).waitFor({ timeout: 60_000 });
    await pages.look(phone, 'audit-verify-phone');
    await phone.context().close();
  });

  it('never makes the browser complain', () => {
    expect(pages.complaints).to.deep.equal([]);
  });
});

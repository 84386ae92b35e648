import { readFile } from 'node:fs/promises';

import { expect } from 'chai';
import type { Page } from 'playwright-core';

import { testHome } from '../harness/instance.ts';
import { Pages, PHONE } from './pages.ts';

const DAY = 86_400_000;

describe('the compliance report in Chromium', function () {
  this.timeout(90_000);
  let pages: Pages;

  before(async () => {
    pages = await Pages.open(testHome());
  });
  after(async () => {
    await pages.close();
  });

  async function open(page: Page): Promise<void> {
    await page.goto(`${pages.dashboard}report`);
    await page.getByRole('heading', { name: 'Report', level: 1 }).waitFor();
  }

  /** Of yesterday to tomorrow: whatever the clock says, what was done just now is in it. */
  async function make(page: Page): Promise<void> {
    await open(page);
    const day = (offset: number): string => new Date(Date.now() + offset * DAY).toISOString().slice(0, 10);
    await page.getByLabel('First day (UTC)').fill(day(-1));
    await page.getByLabel('Last day (UTC)').fill(day(1));
    await page.getByRole('button', { name: 'Make the report' }).click();
    await page.getByRole('region', { name: 'Table: Who did what' }).waitFor();
  }

  it('says who did what, what is on the ledger, and is saved as a file that is shown as it is', async () => {
    const page = await pages.newPage();
    await pages.signIn(page, 'auditor@auditor');
    await open(page);
    await pages.look(page, 'report-empty');
    await make(page);
    const deeds = page.getByRole('region', { name: 'Table: Who did what' });
    await deeds.getByText('auditor@auditor').first().waitFor();
    await page.getByRole('region', { name: 'Table: Anchors' }).getByText('gateway@operator').waitFor();
    for (const name of ['Rollouts', 'Twins', 'Notifications'])
      await page.getByRole('region', { name, exact: true }).waitFor();
    await pages.look(page, 'report');

    const [saved] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download' }).click(),
    ]);
    expect(saved.suggestedFilename()).to.match(/^compliance-\d{4}-\d{2}-\d{2}-\d{4}-\d{2}-\d{2}\.html$/);
    const text = await readFile(await saved.path(), 'utf8');
    const file = await pages.newPage();
    await file.setContent(text);
    await file.getByRole('heading', { name: 'Compliance report' }).waitFor();
    await file.getByRole('heading', { name: 'Checkpoint of gateway@operator' }).waitFor();
    for (const name of ['Rollouts', 'Twins', 'Notifications'])
      await file.getByRole('heading', { name, exact: true }).waitFor();
    await pages.look(file, 'report-file');
    await file.context().close();
    await page.context().close();
  });

  it('refuses days in the wrong order with a sentence', async () => {
    const page = await pages.newPage();
    await pages.signIn(page, 'admin@operator');
    await open(page);
    await page.getByLabel('First day (UTC)').fill('2026-02-01');
    await page.getByLabel('Last day (UTC)').fill('2026-01-01');
    await page.getByText('The first day comes after the last').waitFor();
    expect(await page.getByRole('button', { name: 'Make the report' }).isDisabled()).to.equal(true);
    await page.context().close();
  });

  it('is nothing for operators', async () => {
    const page = await pages.newPage();
    await pages.signIn(page, 'operator@operator');
    expect(await page.getByRole('link', { name: 'Report' }).count()).to.equal(0);
    await page.context().close();
  });

  it('fits on a phone', async () => {
    const phone = await pages.newPage({ viewport: PHONE, colorScheme: 'dark' });
    await pages.signIn(phone, 'auditor@auditor');
    await make(phone);
    await phone.getByRole('heading', { name: 'Who did what' }).scrollIntoViewIfNeeded();
    expect(await pages.overflow(phone)).to.be.at.most(0);
    await pages.look(phone, 'report-phone-dark');
    await phone.context().close();
  });

  it('never makes the browser complain', () => {
    expect(pages.complaints).to.deep.equal([]);
  });
});

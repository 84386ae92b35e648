import { expect } from 'chai';
import type { Pool } from 'mariadb';
import type { Page } from 'playwright-core';
import { z } from 'zod';

import { eventually, ownerPool, testHome } from '../harness/instance.ts';
import { Pages, PHONE } from './pages.ts';

describe('the dashboard in Chromium', function () {
  this.timeout(120_000);
  const home = testHome();
  let pages: Pages;
  let page: Page;
  let pool: Pool;

  before(async () => {
    pool = ownerPool(home);
    pages = await Pages.open(home);
    page = await pages.newPage();
  });
  after(async () => {
    await pages.close();
    await pool.end();
  });

  it('refuses a wrong password with a sentence', async () => {
    await page.goto(pages.dashboard);
    await pages.look(page, 'sign-in');
    await page.getByLabel('Name').fill('admin@operator');
    await page.getByLabel('Password').fill('wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').waitFor();
  });

  it('signs in and shows the fleet', async () => {
    await pages.signIn(page, 'admin@operator');
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    await page
      .getByText(/[0-9]+ active/)
      .first()
      .waitFor();
    await page.getByText(/last in block [0-9]+/).waitFor();
    await pages.look(page, 'overview');
  });

  it('lists the devices with their status', async () => {
    await page.goto(`${pages.dashboard}devices`);
    await page.getByText('active', { exact: true }).nth(9).waitFor();
    await pages.look(page, 'devices');
    await page.getByRole('searchbox').fill('press-01');
    await page.getByRole('link', { name: 'press-01' }).waitFor();
  });

  it('draws live values as they come', async () => {
    await page.goto(`${pages.dashboard}devices/press-01`);
    await page.locator('canvas').first().waitFor();
    const rows = page.getByRole('button', { name: /^Verify the reading/ });
    await rows.first().waitFor();
    const first = await rows.first().getAttribute('aria-label');
    await eventually(
      async () => (await rows.first().getAttribute('aria-label')) !== first,
      'a newer reading',
    );
    await pages.look(page, 'device');
  });

  it('proves a reading in the browser, step by step', async () => {
    await page.goto(`${pages.dashboard}devices/boiler-01`);
    await page
      .getByRole('button', { name: /^Verify the reading/ })
      .last()
      .click();
    const dialog = page.getByRole('dialog');
    const verdict = dialog.getByRole('status').first();
    await verdict.waitFor();
    await eventually(async () => (await dialog.getByRole('listitem').count()) >= 5, 'all steps');
    await eventually(async () => (await verdict.innerText()).startsWith('Proven'), 'the verdict');
    await pages.look(page, 'verify');
    await page.keyboard.press('Escape');
  });

  it('catches a reading that was changed in the database', async () => {
    await page.goto(`${pages.dashboard}devices/boiler-02`);
    const button = page.getByRole('button', { name: /^Verify the reading/ }).last();
    await button.waitFor();
    const rows: unknown = await pool.query(
      `SELECT telemetry_id, value FROM telemetry WHERE device_id = 'boiler-02' ORDER BY telemetry_id DESC LIMIT 400`,
    );
    const originals = z
      .array(
        z.object({ telemetry_id: z.union([z.string(), z.bigint()]).transform(String), value: z.number() }),
      )
      .parse(rows);
    await pool.query(`UPDATE telemetry SET value = value + 0.5 WHERE telemetry_id IN (?)`, [
      originals.map(({ telemetry_id }) => telemetry_id),
    ]);
    try {
      await page.reload();
      await button.click();
      const verdict = page.getByRole('dialog').getByRole('status').first();
      await eventually(
        async () => (await verdict.innerText()).startsWith('Not proven'),
        'the verdict',
        60_000,
      );
      await pages.look(page, 'verify-changed');
    } finally {
      for (const { telemetry_id, value } of originals) {
        await pool.query('UPDATE telemetry SET value = ? WHERE telemetry_id = ?', [value, telemetry_id]);
      }
    }
    await page.keyboard.press('Escape');
  });

  it('lists anchors with their block and transaction', async () => {
    await page.goto(`${pages.dashboard}anchors`);
    await page.getByText('ingest-1@operator').first().waitFor();
    await pages.look(page, 'anchors');
  });

  it('offers an auditor nothing to change', async () => {
    const auditor = await pages.newPage();
    await pages.signIn(auditor, 'auditor@auditor');
    await auditor.goto(`${pages.dashboard}devices?search=press-01`);
    await auditor.getByRole('link', { name: 'press-01' }).waitFor();
    expect(await auditor.getByRole('button', { name: /register|suspend|revoke/i }).count()).to.equal(0);
    await auditor.context().close();
  });

  it('works at the width of a phone', async () => {
    const phone = await pages.newPage({ viewport: PHONE });
    await pages.signIn(phone, 'operator@operator');
    await phone.goto(`${pages.dashboard}devices/press-01`);
    await phone.locator('canvas').first().waitFor();
    expect(await pages.overflow(phone)).to.be.at.most(0);
    await pages.look(phone, 'device-phone');
    await phone.context().close();
  });

  it('never makes the browser complain', () => {
    expect(pages.complaints).to.deep.equal([]);
  });
});

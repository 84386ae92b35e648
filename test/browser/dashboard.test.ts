import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import { expect } from 'chai';
import type { Pool } from 'mariadb';
import { type Browser, chromium, type Page } from 'playwright-core';
import { z } from 'zod';

import { addresses } from '../../scripts/platform/addresses.ts';
import { findProgram } from '../../scripts/platform/debian.ts';
import { eventually, ownerPool, passwordOf, testHome } from '../harness/instance.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const violationsSchema = z.array(z.object({ id: z.string(), nodes: z.array(z.string()) }));

describe('the dashboard in Chromium', function () {
  this.timeout(120_000);
  const home = testHome();
  const { dashboard } = addresses(home);
  const shots = process.env['BIOT_SCREENSHOTS'];
  let browser: Browser;
  let page: Page;
  let pool: Pool;
  const complaints: string[] = [];

  before(async () => {
    pool = ownerPool(home);
    browser = await chromium.launch({
      executablePath: findProgram('chromium') ?? 'chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-first-run',
      ],
    });
    page = await newPage({ width: 1440, height: 900 });
  });
  after(async () => {
    await browser.close();
    await pool.end();
  });

  async function newPage(viewport: { width: number; height: number }): Promise<Page> {
    const context = await browser.newContext({ viewport });
    const opened = await context.newPage();
    opened.on('pageerror', (error) => complaints.push(error.message));
    opened.on('console', (entry) => {
      // The first look for a session answers 401: the browser reports that by itself.
      if (entry.type() === 'error' && !entry.text().includes('401')) complaints.push(entry.text());
    });
    return opened;
  }

  async function signIn(target: Page, name: string): Promise<void> {
    await target.goto(dashboard);
    await target.getByLabel('Name').fill(name);
    await target.getByLabel('Password').fill(passwordOf(home, name));
    await target.getByRole('button', { name: 'Sign in' }).click();
    await target.getByRole('heading', { level: 1 }).waitFor();
    await target.waitForURL((url) => !url.pathname.startsWith('/sign-in'));
  }

  /** Takes a picture when asked for, and checks the page against the WCAG rules that a program can check. */
  async function look(target: Page, name: string): Promise<void> {
    if (shots !== undefined) {
      mkdirSync(shots, { recursive: true });
      await target.screenshot({ path: `${shots}/${name}.png` });
    }
    // Run in the page's own context: the content security policy forbids a script element.
    await target.evaluate(AXE);
    const found: unknown = await target.evaluate(
      `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa'] })
         .then(({ violations }) => violations.map(({ id, nodes }) => ({ id, nodes: nodes.map(({ html }) => html) })))`,
    );
    expect(violationsSchema.parse(found)).to.deep.equal([]);
  }

  it('refuses a wrong password with a sentence', async () => {
    await page.goto(dashboard);
    await look(page, 'sign-in');
    await page.getByLabel('Name').fill('admin@operator');
    await page.getByLabel('Password').fill('wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').waitFor();
  });

  it('signs in and shows the fleet', async () => {
    await signIn(page, 'admin@operator');
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    await page
      .getByText(/[0-9]+ active/)
      .first()
      .waitFor();
    await page.getByText(/last in block [0-9]+/).waitFor();
    await look(page, 'overview');
  });

  it('lists the devices with their status', async () => {
    await page.goto(`${dashboard}devices`);
    await page.getByRole('link', { name: 'press-01' }).waitFor();
    expect(await page.getByText('active', { exact: true }).count()).to.be.at.least(10);
    await look(page, 'devices');
  });

  it('draws live values as they come', async () => {
    await page.goto(`${dashboard}devices/press-01`);
    await page.locator('canvas').first().waitFor();
    const rows = page.getByRole('button', { name: /^Verify the reading/ });
    await rows.first().waitFor();
    const first = await rows.first().getAttribute('aria-label');
    await eventually(
      async () => (await rows.first().getAttribute('aria-label')) !== first,
      'a newer reading',
    );
    await look(page, 'device');
  });

  it('proves a reading in the browser, step by step', async () => {
    await page.goto(`${dashboard}devices/boiler-01`);
    await page
      .getByRole('button', { name: /^Verify the reading/ })
      .last()
      .click();
    const dialog = page.getByRole('dialog');
    const verdict = dialog.getByRole('status').first();
    await verdict.waitFor();
    await eventually(async () => (await dialog.getByRole('listitem').count()) >= 5, 'all steps');
    await eventually(async () => (await verdict.innerText()).startsWith('Proven'), 'the verdict');
    await look(page, 'verify');
    await page.keyboard.press('Escape');
  });

  it('catches a reading that was changed in the database', async () => {
    await page.goto(`${dashboard}devices/boiler-02`);
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
      await look(page, 'verify-changed');
    } finally {
      for (const { telemetry_id, value } of originals) {
        await pool.query('UPDATE telemetry SET value = ? WHERE telemetry_id = ?', [value, telemetry_id]);
      }
    }
    await page.keyboard.press('Escape');
  });

  it('lists anchors with their block and transaction', async () => {
    await page.goto(`${dashboard}anchors`);
    await page.getByText('ingest-1@operator').first().waitFor();
    await look(page, 'anchors');
  });

  it('offers an auditor nothing to change', async () => {
    const auditor = await newPage({ width: 1440, height: 900 });
    await signIn(auditor, 'auditor@auditor');
    await auditor.goto(`${dashboard}devices`);
    await auditor.getByRole('link', { name: 'press-01' }).waitFor();
    expect(await auditor.getByRole('button', { name: /register|suspend|revoke/i }).count()).to.equal(0);
    await auditor.context().close();
  });

  it('works at the width of a phone', async () => {
    const phone = await newPage({ width: 390, height: 844 });
    await signIn(phone, 'operator@operator');
    await phone.goto(`${dashboard}devices/press-01`);
    await phone.locator('canvas').first().waitFor();
    const overflow: unknown = await phone.evaluate(
      'document.documentElement.scrollWidth - window.innerWidth',
    );
    expect(overflow).to.be.at.most(0);
    await look(phone, 'device-phone');
    await phone.context().close();
  });

  it('never makes the browser complain', () => {
    expect(complaints).to.deep.equal([]);
  });
});

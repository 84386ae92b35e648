import { expect } from 'chai';
import type { Page } from 'playwright-core';

import { testHome } from '../harness/instance.ts';
import { Pages, PHONE } from './pages.ts';

describe('presence in Chromium', function () {
  this.timeout(120_000);
  let pages: Pages;
  let page: Page;

  before(async () => {
    pages = await Pages.open(testHome());
    page = await pages.newPage();
    await pages.signIn(page, 'operator@operator');
  });
  after(async () => {
    await pages.close();
  });

  it('stands in the list of devices, which can be filtered by it', async () => {
    await page.goto(`${pages.dashboard}devices`);
    await page.getByRole('cell', { name: 'online' }).first().waitFor({ timeout: 60_000 });
    await pages.look(page, 'devices-presence');
    await page.getByLabel('Presence').selectOption('sleeping');
    await page.waitForURL((url) => url.searchParams.get('presence') === 'sleeping');
    await page.getByLabel('Presence').selectOption('online');
    await page.getByRole('link', { name: 'press-01', exact: true }).waitFor();
  });

  it('stands on the page of a device, with when it came and went', async () => {
    await page.getByRole('link', { name: 'press-01', exact: true }).click();
    await page.getByRole('region', { name: 'Presence' }).getByText('online').first().waitFor();
    await pages.look(page, 'device-presence');
  });

  it('fits on a phone', async () => {
    const phone = await pages.newPage({ viewport: PHONE, colorScheme: 'dark' });
    await pages.signIn(phone, 'operator@operator');
    for (const [path, name] of [
      ['devices', 'devices-presence-phone-dark'],
      ['devices/press-01', 'device-presence-phone-dark'],
    ] as const) {
      await phone.goto(`${pages.dashboard}${path}`);
      await phone.getByText('online').locator('visible=true').first().waitFor();
      expect(await pages.overflow(phone)).to.be.at.most(0);
      await pages.look(phone, name);
    }
    await phone.context().close();
  });

  it('never makes the browser complain', () => {
    expect(pages.complaints).to.deep.equal([]);
  });
});

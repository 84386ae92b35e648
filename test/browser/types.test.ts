import { expect } from 'chai';
import type { Page } from 'playwright-core';

import { testHome } from '../harness/instance.ts';
import { Pages, PHONE } from './pages.ts';

describe('types of devices in Chromium', function () {
  this.timeout(120_000);
  const type = `trial-${Date.now().toString(36)}`;
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

  it('are listed with what they measure', async () => {
    await page.goto(`${pages.dashboard}types`);
    await page.getByRole('link', { name: 'press', exact: true }).waitFor();
    await pages.look(page, 'types');
    await page.getByRole('link', { name: 'press', exact: true }).click();
    await page.getByRole('table', { name: 'Sensors of press' }).waitFor();
    expect(await page.getByRole('button', { name: 'Change…' }).count(), 'another organisation’s').to.equal(0);
  });

  it('are put by an administrator, and say at each sensor what is wrong', async () => {
    await page.goto(`${pages.dashboard}types`);
    await page.getByRole('button', { name: 'New type' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill(type);
    await dialog.getByLabel('What it is').fill('A trial');
    const first = dialog.getByRole('group', { name: 'Sensor 1' });
    await first.getByLabel('Sensor').selectOption('pressure');
    await first.getByLabel('From (hPa)').fill('500');
    await first.getByLabel('To (hPa)').fill('5');
    await dialog.getByRole('button', { name: 'Put the type' }).click();
    await first.getByText('The maximum is below the minimum.').waitFor();
    await pages.look(page, 'type-form-errors');
    await first.getByLabel('To (hPa)').fill('1500');
    await dialog.getByRole('button', { name: 'Put the type' }).click();
    await page.getByRole('heading', { level: 1, name: type }).waitFor();
    await page.getByText('500 to 1500').waitFor();
    await pages.look(page, 'type');
  });

  it('get further versions from their own organisation', async () => {
    await page.getByRole('button', { name: 'Change…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Add a sensor' }).click();
    const second = dialog.getByRole('group', { name: 'Sensor 2' });
    await second.getByLabel('Sensor', { exact: true }).selectOption('state');
    await second.getByLabel('Data type').selectOption('boolean');
    await dialog.getByRole('button', { name: 'Put the next version' }).click();
    await page.getByText('0 or 1').waitFor();
    await page.getByText(`${type} is version 2 now.`).waitFor();
  });

  it('fit on a phone, where an operator changes none', async () => {
    const phone = await pages.newPage({ viewport: PHONE, colorScheme: 'dark' });
    await pages.signIn(phone, 'operator@operator');
    await phone.goto(`${pages.dashboard}types`);
    await phone.getByRole('link', { name: type }).click();
    await phone.getByText('0 or 1').waitFor();
    expect(await phone.getByRole('button', { name: 'Change…' }).count()).to.equal(0);
    expect(await pages.overflow(phone)).to.be.at.most(0);
    await pages.look(phone, 'type-phone-dark');
    await phone.context().close();
  });

  it('never make the browser complain', () => {
    expect(pages.complaints).to.deep.equal([]);
  });
});

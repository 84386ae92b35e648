import { expect } from 'chai';
import type { Page } from 'playwright-core';

import { DEMO_TENANT } from '../../network/home/organisations.ts';
import { testHome } from '../harness/instance.ts';
import { Pages, PHONE } from './pages.ts';

describe('members in Chromium', function () {
  this.timeout(60_000);
  let pages: Pages;

  before(async () => {
    pages = await Pages.open(testHome());
  });
  after(async () => {
    await pages.close();
  });

  async function open(page: Page, name: string): Promise<void> {
    await pages.signIn(page, name);
    await page.goto(`${pages.dashboard}members`);
    await page.getByRole('list', { name: 'Members of Operator' }).waitFor();
  }

  it('are listed by organisation, with their role, certificate and rights', async () => {
    const page = await pages.newPage();
    await open(page, 'auditor@auditor');
    const members = page.getByRole('list', { name: 'Members of Operator' }).getByRole('listitem');
    const admin = members.filter({ hasText: 'admin@operator' });
    await admin.getByText(/suspend.* devices/).waitFor();
    await admin.getByText(/^for \d+ (d|years)$/).waitFor();
    await admin.getByText('all', { exact: true }).waitFor();
    const operator = members.filter({ hasText: 'operator@operator' });
    await operator.getByText(DEMO_TENANT, { exact: true }).waitFor();
    expect(await operator.getByText(/suspend/).count()).to.equal(0);
    await pages.look(page, 'members');

    await admin.getByRole('button', { name: 'Why may admin@operator do what?' }).click();
    const dialog = page.getByRole('dialog', { name: 'Why?' });
    await dialog.getByRole('button', { name: 'Ask' }).click();
    await dialog.getByText('Allowed', { exact: true }).waitFor();
    await page.context().close();
  });

  it('fit on a phone', async () => {
    const phone = await pages.newPage({ viewport: PHONE, colorScheme: 'dark' });
    await open(phone, 'auditor@auditor');
    expect(await pages.overflow(phone)).to.be.at.most(0);
    await pages.look(phone, 'members-phone-dark');
    await phone.context().close();
  });

  it('never make the browser complain', () => {
    expect(pages.complaints).to.deep.equal([]);
  });
});

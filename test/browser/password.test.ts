import { randomBytes } from 'node:crypto';

import { expect } from 'chai';
import type { Locator, Page } from 'playwright-core';

import { testHome } from '../harness/instance.ts';
import { enrolMember, passwordIn } from '../harness/members.ts';
import { Pages, PHONE } from './pages.ts';

const NEXT = 'a walk in the rain';

describe('one’s password in Chromium', function () {
  this.timeout(60_000);
  const name = `rita-${randomBytes(3).toString('hex')}@operator`;
  const words = ['--as', 'operator', '--name', name];
  let first: string;
  let pages: Pages;
  let page: Page;

  before(async () => {
    first = passwordIn(await enrolMember(...words, '--role', 'operator', '--tenants', 'demo'));
    pages = await Pages.open(testHome());
    page = await pages.newPage();
    await pages.signIn(page, name, first);
  });
  after(async () => {
    await pages.close();
    await enrolMember(...words, '--remove');
  });

  async function opened(on: Page): Promise<Locator> {
    await on.getByRole('button', { name: 'Change your password' }).filter({ visible: true }).click();
    return on.getByRole('dialog', { name: 'Change your password' });
  }

  async function change(dialog: Locator, present: string, next: string, again = next): Promise<void> {
    await dialog.getByLabel('Present password').fill(present);
    await dialog.getByLabel('New password', { exact: true }).fill(next);
    await dialog.getByLabel('New password, once more').fill(again);
    await dialog.getByRole('button', { name: 'Change it' }).click();
  }

  it('says at the field what is wrong', async () => {
    const dialog = await opened(page);
    await pages.look(page, 'password');
    expect(await dialog.getByRole('button', { name: 'Change it' }).isEnabled()).to.equal(false);
    await change(dialog, first, NEXT, `${NEXT}!`);
    await dialog.getByText('This differs from the new password.').waitFor();
    await change(dialog, first, 'short');
    await dialog.getByText('A password has at least 15 characters').waitFor();
    expect(await dialog.locator(':focus').getAttribute('autocomplete')).to.equal('new-password');
    await change(dialog, 'a guess', NEXT);
    await dialog.getByText('This is not your password.').waitFor();
    await pages.look(page, 'password-wrong');
    await page.keyboard.press('Escape');
  });

  it('is changed: this page goes on, others have to sign in, with the next one', async () => {
    const elsewhere = await pages.newPage({ viewport: PHONE, colorScheme: 'dark' });
    await pages.signIn(elsewhere, name, first);
    const small = await opened(elsewhere);
    await small.getByLabel('Present password').waitFor();
    expect(await pages.overflow(elsewhere)).to.be.at.most(0);
    await pages.look(elsewhere, 'password-phone-dark');
    await elsewhere.keyboard.press('Escape');

    await change(await opened(page), first, NEXT);
    await page.getByText('Your password is changed.').waitFor();
    await page.goto(`${pages.dashboard}devices`);
    await page.getByRole('link', { name: 'press-01' }).waitFor();
    await pages.look(page, 'password-member');

    await elsewhere.goto(`${pages.dashboard}devices`);
    await elsewhere.getByRole('button', { name: 'Sign in' }).waitFor();
    await pages.signIn(elsewhere, name, NEXT);
    await elsewhere.context().close();
  });

  it('never makes the browser complain', () => {
    // What the gateway refused, the browser reports by itself.
    const complaints = pages.complaints.filter((complaint) => !complaint.includes('status of 400'));
    expect(complaints).to.deep.equal([]);
  });
});

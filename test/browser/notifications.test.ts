import { expect } from 'chai';
import type { Pool } from 'mariadb';
import type { Locator, Page } from 'playwright-core';

import { eventually, ownerPool, testHome } from '../harness/instance.ts';
import { DESKTOP, Pages, PHONE } from './pages.ts';

describe('notifications in Chromium', function () {
  this.timeout(120_000);
  const name = `Pager ${Date.now().toString(36)}`;
  let pages: Pages;
  let page: Page;
  let pool: Pool;

  before(async () => {
    pool = ownerPool(testHome());
    pages = await Pages.open(testHome());
    page = await pages.newPage({ viewport: DESKTOP, permissions: ['notifications'] });
    await pages.signIn(page, 'admin@operator');
    await page.goto(`${pages.dashboard}notifications`);
  });
  after(async () => {
    await pages.close();
    await pool.end();
  });

  const row = (): Locator => page.getByRole('listitem', { name });

  it('go to channels that an administrator adds, whose secret is shown once', async () => {
    await page.getByRole('button', { name: 'New channel' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill(name);
    await dialog.getByLabel('Address').fill('nowhere');
    await dialog.getByRole('button', { name: 'Add it' }).click();
    await dialog.getByText('expected an address that begins with https://').waitFor();
    await pages.look(page, 'notification-form');
    await dialog.getByLabel('Address').fill('https://127.0.0.1:1/hook');
    // Whose alerts nobody raises.
    await dialog.getByLabel('Tenant').fill('nobodys');
    await dialog.getByRole('button', { name: 'Add it' }).click();
    await dialog.getByText(/^whsec_/).waitFor();
    await pages.look(page, 'notification-secret');
    await dialog.getByRole('button', { name: 'Done' }).click();
    await row().waitFor();
    expect(await page.content()).not.to.include('whsec_');
  });

  it('stay their tenant’s when they are changed', async () => {
    await row()
      .getByRole('button', { name: `More for ${name}` })
      .click();
    await page.getByRole('menuitem', { name: 'Change…' }).click();
    const dialog = page.getByRole('dialog');
    const tenant = dialog.getByLabel('Tenant');
    expect(await tenant.inputValue()).to.equal('nobodys');
    expect(await tenant.isEditable()).to.equal(false);
    await dialog.getByText('A channel stays where it is').waitFor();
    await dialog.getByLabel('From severity').selectOption('minor');
    await pages.look(page, 'notification-change');
    await dialog.getByRole('button', { name: 'Change it' }).click();
    await row().getByText('nobodys · minor or worse').waitFor();
  });

  it('are tried, and say why they did not arrive', async () => {
    await row()
      .getByRole('button', { name: /^Send a test message/ })
      .click();
    await row().getByText('is at an inner address, where messages may not go').waitFor({ timeout: 60_000 });
    await pages.look(page, 'notifications');
  });

  it('are kept when they are given up on, sent again or thrown away', async () => {
    const giveUp = `UPDATE notification_messages JOIN notification_channels USING (channel_id)
      SET dead_at = UTC_TIMESTAMP(3) WHERE JSON_VALUE(definition, '$.name') = ?`;
    await pool.query(giveUp, [name]);
    await row().getByRole('button', { name: '1 not delivered' }).click({ timeout: 60_000 });
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Test message of admin@operator').waitFor();
    await pages.look(page, 'notification-letters');
    await dialog.getByRole('button', { name: 'Throw away' }).click();
    await dialog.getByText('Everything was delivered').waitFor();
    await dialog.getByRole('button', { name: 'Close' }).click();
  });

  it('are shown by the service worker, for browsers that are told', async () => {
    const session = await page.context().newCDPSession(page);
    const registered = new Promise<string>((resolve) => {
      session.on('ServiceWorker.workerRegistrationUpdated', ({ registrations: [found] }) => {
        if (found !== undefined) resolve(found.registrationId);
      });
    });
    await session.send('ServiceWorker.enable');
    await page.evaluate(
      "navigator.serviceWorker.register('/push.js').then(() => navigator.serviceWorker.ready)",
    );
    await session.send('ServiceWorker.deliverPushMessage', {
      origin: new URL(pages.dashboard).origin,
      registrationId: await registered,
      data: JSON.stringify({ title: 'critical, raised: press-07', body: 'hot', path: '/alerts/7' }),
    });
    const shown = (): Promise<unknown> =>
      page.evaluate(
        `navigator.serviceWorker.ready.then((worker) => worker.getNotifications())
          .then((found) => found.map(({ title, body, data }) => [title, body, data.path]))`,
      );
    await eventually(async () => JSON.stringify(await shown()) !== '[]', 'the notification');
    expect(await shown()).to.deep.equal([['critical, raised: press-07', 'hot', '/alerts/7']]);
    await page.getByRole('button', { name: 'Have this browser told of alerts' }).waitFor();
  });

  it('fit on a phone, where an auditor changes none', async () => {
    const phone = await pages.newPage({ viewport: PHONE, colorScheme: 'dark' });
    await pages.signIn(phone, 'auditor@auditor');
    await phone.goto(`${pages.dashboard}notifications`);
    await phone.getByText(name).waitFor();
    expect(await phone.getByRole('button', { name: 'New channel' }).count()).to.equal(0);
    expect(await phone.getByRole('button', { name: /^Send a test/ }).count()).to.equal(0);
    expect(await pages.overflow(phone)).to.be.at.most(0);
    await pages.look(phone, 'notifications-phone-dark');
    await phone.context().close();
  });

  it('go there no more when the channel is removed', async () => {
    await row()
      .getByRole('button', { name: `More for ${name}` })
      .click();
    await page.getByRole('menuitem', { name: 'Remove…' }).click();
    await pages.look(page, 'notification-remove');
    await page.getByRole('dialog').getByRole('button', { name: 'Remove it' }).click();
    await row().waitFor({ state: 'detached' });
  });

  it('never make the browser complain', () => {
    expect(pages.complaints).to.deep.equal([]);
  });
});

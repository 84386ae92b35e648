import { readFileSync } from 'node:fs';

import { expect } from 'chai';
import type { Locator, Page } from 'playwright-core';

import { testHome } from '../harness/instance.ts';
import { DESKTOP, Pages, PHONE } from './pages.ts';

describe('streams in Chromium', function () {
  this.timeout(120_000);
  const home = testHome();
  const made = Date.now().toString(36);
  const hook = `Lake ${made}`;
  const broker = `Broker ${made}`;
  let pages: Pages;
  let page: Page;

  before(async () => {
    pages = await Pages.open(home);
    page = await pages.newPage({ viewport: DESKTOP });
    await pages.signIn(page, 'admin@operator');
    await page.goto(`${pages.dashboard}streams`);
  });
  after(async () => {
    await pages.close();
  });

  const row = (name: string): Locator => page.getByRole('listitem', { name });

  async function choose(name: string, item: string): Promise<Locator> {
    await row(name)
      .getByRole('button', { name: `More for ${name}` })
      .click();
    await page.getByRole('menuitem', { name: item }).click();
    return page.getByRole('dialog');
  }

  async function remove(name: string): Promise<void> {
    const dialog = await choose(name, 'Remove…');
    await dialog.getByRole('button', { name: 'Remove it' }).click();
    await row(name).waitFor({ state: 'detached' });
  }

  it('go to webhooks that an administrator adds, whose secret is shown once', async () => {
    await page.getByRole('button', { name: 'New stream' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill(hook);
    await dialog.getByLabel('Address').fill('nowhere');
    await dialog.getByLabel('Sensors').fill('mood');
    await dialog.getByRole('button', { name: 'Add it' }).click();
    await dialog.getByText('expected an address that begins with https://').waitFor();
    expect(await dialog.getByLabel('Sensors').getAttribute('aria-invalid')).to.equal('true');
    await pages.look(page, 'stream-form');
    await dialog.getByLabel('Address').fill('https://127.0.0.1:1/hook');
    await dialog.getByLabel('Sensors').fill('');
    await dialog.getByLabel('Tenant').fill('demo');
    await dialog.getByRole('button', { name: 'Add it' }).click();
    await dialog.getByText(/^whsec_/).waitFor();
    await pages.look(page, 'stream-secret');
    await dialog.getByRole('button', { name: 'Done' }).click();
    await row(hook).getByText('demo · everything').waitFor();
    expect(await page.content()).not.to.include('whsec_');
  });

  it('say why nothing arrives, and how far behind that leaves them', async () => {
    await row(hook).getByText('failing').waitFor({ timeout: 60_000 });
    await row(hook).getByText('inner address').waitFor();
    await row(hook)
      .getByText(/\d batch(es)? behind/)
      .waitFor();
    await pages.look(page, 'streams-failing');
  });

  it('are paused, and go on', async () => {
    await row(hook)
      .getByRole('button', { name: `Pause ${hook}` })
      .click();
    await row(hook).getByText('paused', { exact: true }).waitFor();
    await pages.look(page, 'streams-paused');
    await row(hook)
      .getByRole('button', { name: `Resume ${hook}` })
      .click();
    await row(hook)
      .getByRole('button', { name: `Pause ${hook}` })
      .waitFor();
  });

  it('stay their tenant’s when they are changed, and get another secret', async () => {
    const dialog = await choose(hook, 'Change…');
    expect(await dialog.getByLabel('Tenant').isEditable()).to.equal(false);
    await dialog.getByLabel('Sensors').fill('temperature, pressure');
    await dialog.getByRole('button', { name: 'Change it' }).click();
    await row(hook).getByText('demo · sensors temperature, pressure').waitFor();
    const renewal = await choose(hook, 'New secret…');
    await renewal.getByRole('button', { name: 'Make a new one' }).click();
    await renewal.getByText(/^whsec_/).waitFor();
    await renewal.getByRole('button', { name: 'Done' }).click();
  });

  it('go to brokers, whose password is asked again where it would go to another', async () => {
    await page.getByRole('button', { name: 'New stream' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill(broker);
    await dialog.getByLabel('To', { exact: true }).selectOption('mqtt');
    await dialog.getByLabel('Broker').fill('mqtts://127.0.0.1:1');
    await dialog.getByLabel('Topic').fill('biot/#');
    await dialog.getByLabel('User').fill('biot');
    await dialog.getByLabel('Password').fill('not that secret');
    await dialog
      .getByLabel('Who issued its certificate')
      .fill(readFileSync(home.path('pki', 'platform-ca', 'cert.pem'), 'utf8'));
    await dialog.getByLabel('Tenant').fill('demo');
    await dialog.getByRole('button', { name: 'Add it' }).click();
    await dialog.getByText('a topic has no + and no #').waitFor();
    await pages.look(page, 'stream-broker-form');
    await dialog.getByLabel('Topic').fill('biot/telemetry');
    await dialog.getByRole('button', { name: 'Add it' }).click();
    await row(broker).getByText('mqtts://127.0.0.1:1 · biot/telemetry').waitFor();
    await choose(broker, 'Change…');
    expect(await dialog.getByLabel('Password').inputValue()).to.equal('');
    await dialog.getByLabel('Broker').fill('mqtts://127.0.0.1:2');
    await dialog.getByRole('button', { name: 'Change it' }).click();
    await dialog.getByText('give the password again').waitFor();
    await dialog.getByLabel('Password').fill('another one');
    await dialog.getByRole('button', { name: 'Change it' }).click();
    await row(broker).getByText('mqtts://127.0.0.1:2').waitFor();
  });

  it('fit on a phone, where an auditor changes none', async () => {
    const phone = await pages.newPage({ viewport: PHONE, colorScheme: 'dark' });
    await pages.signIn(phone, 'auditor@auditor');
    await phone.goto(`${pages.dashboard}streams`);
    await phone.getByText(hook).waitFor();
    for (const name of ['New stream', `Pause ${hook}`, `More for ${hook}`])
      expect(await phone.getByRole('button', { name }).count(), name).to.equal(0);
    expect(await pages.overflow(phone)).to.be.at.most(0);
    await pages.look(phone, 'streams-phone-dark');
    await phone.context().close();
  });

  it('are no page for whom they are not', async () => {
    const theirs = await pages.newPage({ viewport: DESKTOP });
    await pages.signIn(theirs, 'operator@operator');
    await theirs.getByRole('link', { name: 'Devices' }).first().waitFor();
    expect(await theirs.getByRole('link', { name: 'Streams' }).count()).to.equal(0);
    await theirs.context().close();
  });

  it('go there no more when they are removed', async () => {
    for (const name of [hook, broker]) await remove(name);
  });

  it('never make the browser complain', () => {
    expect(pages.complaints).to.deep.equal([]);
  });
});

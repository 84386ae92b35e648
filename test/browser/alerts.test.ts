import { expect } from 'chai';
import type { Locator, Page } from 'playwright-core';

import { HOT } from '../../chaincode/protocol/testing/alert-rules.ts';
import { ask, eventually, signIn, testHome } from '../harness/instance.ts';
import { makeDevice, registrationOf, TENANT, type TestDevice, withRegistry } from '../harness/test-device.ts';
import { DESKTOP, Pages } from './pages.ts';

const ADMIN = 'admin@operator';
const NARROW = { width: 375, height: 812 };

describe('alerts in Chromium', function () {
  this.timeout(120_000);
  const home = testHome();
  let pages: Pages;
  let page: Page;
  let device: TestDevice;
  let token: string;
  let seq = 0;

  before(async () => {
    device = await makeDevice(home, 'hot');
    await withRegistry(home, ADMIN, async (registry) => {
      await registry.register([registrationOf(device)]);
      await registry.activate(device.id, 'made for a test');
    });
    token = await signIn(home, ADMIN);
    pages = await Pages.open(home);
    page = await pages.newPage();
    await pages.signIn(page, 'operator@operator');
  });
  after(async () => {
    await pages.close();
    for (const rule of ['hot', 'hotter']) await call('DELETE', `/alert-rules/${device.id}-${rule}`);
  });

  function call(method: string, path: string, body?: unknown) {
    return ask(home, `/api/v1${path}`, { method, token, ...(body !== undefined && { body }) });
  }

  async function put(name: string, changes: object): Promise<void> {
    const id = `${device.id}-${name}`;
    const rule = { ...HOT, id, tenant: TENANT, devices: { device: device.id }, ...changes };
    const { status, body } = await call('PUT', `/alert-rules/${id}`, rule);
    expect(status, JSON.stringify(body)).to.equal(200);
  }

  async function send(temperature: number): Promise<void> {
    seq += 1;
    const ran = await device.publish(JSON.stringify({ seq, ts: Date.now(), values: { temperature } }));
    expect(ran.code, ran.error).to.equal(0);
  }

  /** The row of an alert, in the list that is open. */
  const row = (title: string, on = page): Locator =>
    on.getByRole('table').getByRole('row').filter({ hasText: title });

  /** Says it once on each screen, in one column or the other. */
  const stateOf = (title: string, state: string): Locator =>
    row(title).getByText(state, { exact: true }).filter({ visible: true });

  async function openList(on: Page, query = ''): Promise<void> {
    await on.goto(`${pages.dashboard}alerts?device=${device.id}${query}`);
    await on.getByRole('heading', { level: 1, name: 'Alerts' }).waitFor();
  }

  it('appear while one looks, and are counted in the navigation', async () => {
    await openList(page);
    await page.getByText('No alert fits').waitFor();
    await pages.look(page, 'alerts-empty');
    await put('hot', { description: 'The press is hot' });
    await put('hotter', {
      ...{ description: 'The press is about to burn', severity: 'critical' },
      ...{ condition: { ...HOT.condition, raiseAt: 85 } },
    });
    await eventually(async () => {
      await send(90);
      return (await row('is hot').count()) === 1 && (await row('about to burn').count()) === 1;
    }, 'both alerts to be shown');
    await stateOf('is hot', 'active').waitFor();
    await page.getByRole('link', { name: /Alerts \d+\+? that nobody has acknowledged/ }).waitFor();
    await pages.look(page, 'alerts');
  });

  it('are acknowledged, several at once, with a comment', async () => {
    await page.getByLabel('Select all that are shown').check();
    await page.getByText('2 alerts selected').waitFor();
    await pages.look(page, 'alerts-selected');
    await page.getByRole('button', { name: 'Acknowledge…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Comment').fill('on my way');
    await pages.look(page, 'alert-acknowledge');
    await dialog.getByRole('button', { name: 'Acknowledge' }).click();
    await page.getByText('2 alerts acknowledged.').waitFor();
    for (const title of ['is hot', 'about to burn']) await stateOf(title, 'active, acknowledged').waitFor();
    await page.getByLabel('State').selectOption('new');
    await page.getByText('No alert fits').waitFor();
    await page.getByLabel('State').selectOption('seen');
    await page.getByLabel('Severity').selectOption('critical');
    // Each choice is a question of its own: between them the list may show both.
    await page.waitForURL(
      ({ searchParams }) =>
        searchParams.get('state') === 'seen' && searchParams.get('severity') === 'critical',
    );
    await row('is hot').waitFor({ state: 'detached' });
    await row('about to burn').waitFor();
  });

  it('tell what was expected, what came, and who did what, live', async () => {
    const admin = await pages.newPage({ viewport: DESKTOP, colorScheme: 'dark' });
    await pages.signIn(admin, ADMIN);
    await openList(admin);
    await row('is hot', admin).getByRole('link').click();
    await admin.getByText('temperature of device').waitFor();
    await admin.getByText('90.00 °C').first().waitFor();
    await openList(page);
    await row('is hot').getByRole('link').click();
    await page.getByRole('button', { name: 'Comment…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Comment' }).click();
    await dialog.getByText('Write something.').waitFor();
    await pages.look(page, 'alert-comment-errors');
    await dialog.getByLabel('Comment').fill('The fan is stuck');
    await dialog.getByRole('button', { name: 'Comment' }).click();
    const steps = admin.getByRole('list', { name: 'Steps' });
    await steps.getByText('The fan is stuck').waitFor();
    await admin.getByRole('button', { name: 'Assign…' }).click();
    await admin.getByRole('dialog').getByLabel('To').selectOption('operator@operator');
    await pages.look(admin, 'alert-assign-dark');
    await admin.getByRole('dialog').getByRole('button', { name: 'Assign' }).click();
    await page.getByText('assigned it to operator@operator').waitFor();
    await page.getByRole('button', { name: 'Snooze…' }).click();
    await pages.look(page, 'alert-snooze');
    await dialog.getByRole('button', { name: 'Snooze' }).click();
    await steps.getByText(/^operator@operator snoozed it until/).waitFor();
    await send(60);
    await steps.getByText(/cleared it/).waitFor();
    await admin.getByText('cleared, acknowledged').waitFor();
    await pages.look(page, 'alert');
    await pages.look(admin, 'alert-dark');
    await admin.context().close();
  });

  it('are found by whom they are assigned to, and from the page of their device', async () => {
    await openList(page, '&mine=true');
    await row('is hot').waitFor();
    expect(await row('about to burn').count()).to.equal(0);
    await page.goto(`${pages.dashboard}devices/${device.id}`);
    await page.getByRole('link', { name: 'none active' }).click();
    await stateOf('about to burn', 'cleared, acknowledged').waitFor();
  });

  it('are seen by auditors, who can do nothing to them, also on a phone in the dark', async () => {
    await send(95);
    const phone = await pages.newPage({ viewport: NARROW, colorScheme: 'dark' });
    await pages.signIn(phone, 'auditor@auditor');
    await openList(phone);
    await row('is hot', phone).filter({ hasText: 'active' }).first().waitFor();
    expect(await phone.getByRole('checkbox', { name: /Select/ }).count()).to.equal(0);
    expect(await pages.overflow(phone)).to.be.at.most(0);
    await pages.look(phone, 'alerts-phone-dark');
    await row('is hot', phone).first().getByRole('link').click();
    await phone.getByRole('heading', { name: 'Timeline' }).waitFor();
    expect(await phone.getByRole('button', { name: 'Acknowledge…' }).count()).to.equal(0);
    expect(await pages.overflow(phone)).to.be.at.most(0);
    await pages.look(phone, 'alert-phone-dark');
    await phone.context().close();
  });

  it('never make the browser complain', () => {
    expect(pages.complaints).to.deep.equal([]);
  });
});

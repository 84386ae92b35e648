import { expect } from 'chai';
import type { APIResponse, Locator, Page } from 'playwright-core';

import type { OpenDevice } from '../../ingest/device/device.ts';
import { openCommanded } from '../harness/commands.ts';
import { eventually, testHome } from '../harness/instance.ts';
import { makeActiveDevice } from '../harness/test-device.ts';
import { Pages, PHONE } from './pages.ts';

describe('twins in Chromium', function () {
  this.timeout(120_000);
  const home = testHome();
  let pages: Pages;
  let page: Page;
  let other: Page;
  let device: OpenDevice | undefined;
  let id: string;

  before(async () => {
    ({ id } = await makeActiveDevice(home, 'twin'));
    pages = await Pages.open(home);
    [page, other] = [await pages.newPage(), await pages.newPage()];
    for (const each of [page, other]) {
      await pages.signIn(each, 'admin@manufacturer');
      await each.goto(`${pages.dashboard}devices/${id}`);
    }
  });
  after(async () => {
    await pages.close();
    await device?.close();
  });

  const card = (on = page): Locator => on.getByRole('region', { name: 'Twin', exact: true });
  const row = (name: string): Locator => card().getByRole('row', { name });

  async function begin(on: Page, properties: unknown): Promise<Locator> {
    await card(on).getByRole('button', { name: 'Change desired' }).click();
    const dialog = on.getByRole('dialog');
    await dialog.getByLabel('Desired properties').fill(JSON.stringify(properties));
    return dialog;
  }

  it('are changed with what is wrong said at the field', async () => {
    await card().getByText('Nothing is desired of it.').waitFor();
    const dialog = await begin(page, []);
    await dialog.getByRole('button', { name: 'Change it' }).click();
    await dialog.getByText('This is no JSON object').waitFor();
    await dialog.getByLabel('Desired properties').fill('{"interval": 5,');
    await dialog.getByText('This is not JSON.').waitFor();
    await pages.look(page, 'twin-errors');
    await dialog.getByLabel('Desired properties').fill(JSON.stringify({ a: 'x'.repeat(8_192) }));
    await dialog.getByText('Larger than 8192 bytes.').waitFor();
    await dialog
      .getByLabel('Desired properties')
      .fill(JSON.stringify({ interval: 5, led: { red: 1, blue: 0 }, mode: 'day' }, undefined, 2));
    await pages.look(page, 'twin-dialog');
    // By the keyboard alone: past the button that cancels.
    for (const key of ['Tab', 'Tab', 'Enter']) await page.keyboard.press(key);
    await page.getByText(`Version 1 is desired of ${id} now.`).waitFor();
    await card().getByText('waiting', { exact: true }).waitFor();
    await row('led.red').getByText('differs').waitFor();
    await pages.look(page, 'twin-waiting');
  });

  it('show live what the device says, and where that differs', async () => {
    let seen = 0;
    device = await openCommanded(home, id, {}, ({ version }) => {
      seen = version;
    });
    await eventually(() => seen === 1, 'what is desired');
    device.twin.report({ interval: 5, led: { red: 0, blue: 0 }, mode: 'day', battery: 81 });
    await card().getByText('told, but differs').waitFor();
    await row('led.red').getByText('differs').waitFor();
    expect(await card().getByText('differs', { exact: true }).count()).to.equal(1);
    await row('battery').getByText('not desired').waitFor();
    await pages.look(page, 'twin-differs');
    device.twin.report({ interval: 5, led: { red: 1, blue: 0 }, mode: 'day', battery: 80 });
    await card().getByText('as desired').waitFor();
    expect(await card().getByText('differs', { exact: true }).count()).to.equal(0);
  });

  it('lose nothing that was typed when somebody else was faster', async () => {
    const mine = await begin(page, { interval: 60 });
    // Until it has asked for the change, this page hears nothing new: it learns of the other’s by being refused.
    let kept: APIResponse | undefined;
    let asked = false;
    await page.route(/\/twin(\/desired)?$/, async (route) => {
      asked ||= route.request().method() === 'PUT';
      if (asked) return route.continue();
      kept ??= await route.fetch();
      return route.fulfill({ response: kept });
    });
    await eventually(() => kept !== undefined, 'what this page goes on to see');
    const theirs = await begin(other, { interval: 30 });
    await theirs.getByRole('button', { name: 'Change it' }).click();
    await other.getByText(`Version 2 is desired of ${id} now.`).waitFor();
    await mine.getByRole('button', { name: 'Change it' }).click();
    await mine.getByText('Somebody has changed it meanwhile.').waitFor();
    await page.unrouteAll({ behavior: 'wait' });
    await mine.getByRole('region', { name: 'Version 2' }).getByText('"interval": 30').waitFor();
    await mine.locator('input[type=checkbox]:focus').waitFor();
    expect(await mine.getByLabel('Desired properties').inputValue()).to.equal('{"interval":60}');
    await pages.look(page, 'twin-conflict');
  });

  it('show what came after that, live, and are replaced when that was seen', async () => {
    const mine = page.getByRole('dialog');
    const replace = (version: number): Locator =>
      mine.getByLabel(`Put mine in the place of version ${version}`);
    await replace(2).check();
    const theirs = await begin(other, { interval: 45 });
    await theirs.getByRole('button', { name: 'Change it' }).click();
    await replace(3).waitFor();
    expect(await replace(3).isChecked(), 'agreed to the one before').to.equal(false);
    await replace(3).check();
    await mine.getByRole('button', { name: 'Change it' }).click();
    await page.getByText(`Version 4 is desired of ${id} now.`).waitFor();
    await row('interval').getByText('60').waitFor();
  });

  it('fit on a phone, where an auditor changes none', async () => {
    const phone = await pages.newPage({ viewport: PHONE, colorScheme: 'dark' });
    await pages.signIn(phone, 'auditor@auditor');
    await phone.goto(`${pages.dashboard}devices/${id}`);
    await card(phone).getByText('battery').scrollIntoViewIfNeeded();
    expect(await card(phone).getByRole('button', { name: 'Change desired' }).count()).to.equal(0);
    expect(await pages.overflow(phone)).to.be.at.most(0);
    await pages.look(phone, 'twin-phone-dark');
    await phone.context().close();
    await page.setViewportSize(PHONE);
    await begin(page, { interval: 61 });
    expect(await pages.overflow(page)).to.be.at.most(0);
    await pages.look(page, 'twin-dialog-phone');
  });

  it('never make the browser complain', () => {
    // The change that came too late is answered with 409: the browser reports that by itself.
    expect(pages.complaints.filter((complaint) => !complaint.includes('409'))).to.deep.equal([]);
  });
});

import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';

import { testHome } from '../harness/instance.ts';
import { makeActiveDevice, TENANT, type TestDevice } from '../harness/test-device.ts';
import { Pages } from './pages.ts';

const NARROW = { width: 375, height: 812 };

describe('rules of alerts in Chromium', function () {
  this.timeout(120_000);
  const home = testHome();
  let pages: Pages;
  let page: Page;
  let device: TestDevice;
  let id: string;

  before(async () => {
    device = await makeActiveDevice(home, 'ruled');
    id = `${device.id}-hot`;
    for (const [index, temperature] of [90, 60, 90, 95, 20].entries()) {
      const message = { seq: index + 1, ts: Date.now(), values: { temperature } };
      const { refused } = await device.request(JSON.stringify(message));
      expect(refused).to.deep.equal([]);
    }
    pages = await Pages.open(home);
    page = await pages.newPage();
    await pages.signIn(page, 'admin@operator');
  });
  after(async () => {
    await pages.close();
  });

  const put = (name: string): Promise<void> => page.getByRole('button', { name }).click();
  const row = (on = page) =>
    on.getByRole('list', { name: 'Rules of alerts' }).getByRole('listitem').filter({ hasText: id });

  it('are written as a form, which says at each field what is wrong', async () => {
    await page.goto(`${pages.dashboard}alerts`);
    await page.getByRole('navigation', { name: 'Alerts and rules' }).getByText('Rules').click();
    await page.getByRole('link', { name: 'New rule' }).click();
    await put('Put the rule');
    await page.getByText('Choose a sensor.').waitFor();
    await pages.look(page, 'alert-rule-errors');
    await page.getByLabel('Id', { exact: true }).fill(id);
    await page.getByLabel('What is told').fill('The press is hot');
    await page.getByLabel('Sensor').selectOption('temperature');
    await page.getByLabel('Threshold (°C)').fill('80');
    await page.getByLabel('Device', { exact: true }).fill(device.id);
    await page.getByLabel('Tenant').fill(TENANT);
    await page.getByLabel('Type').fill('no-such-type');
    await put('Put the rule');
    await page.getByText('The ledger knows no type no-such-type.').waitFor();
    await page.getByLabel('Type').fill('');
    await page
      .getByText(`When temperature of device ${device.id} of tenant ${TENANT} is above 80 °C: major`)
      .waitFor();
  });

  it('are tried over what is stored before they are put', async () => {
    await page.getByRole('button', { name: 'Try it' }).click();
    await page.getByText('It would have fired 2 times in the last week, on 1 device.').waitFor();
    const firings = page.getByRole('list', { name: 'It would have fired' }).getByRole('listitem');
    expect(await firings.count()).to.equal(2);
    await pages.look(page, 'alert-rule');
  });

  it('are the same as JSON, in step with the form', async () => {
    const json = page.getByLabel('The same as JSON');
    await json.fill((await json.inputValue()).replace('"raiseAt": 80', '"raiseAt": 92'));
    expect(await page.getByLabel('Threshold (°C)').inputValue()).to.equal('92');
    await page.getByLabel('Severity').selectOption('minor');
    expect(await json.inputValue())
      .to.include('"severity": "minor"')
      .and.include('"raiseAt": 92');
    await json.fill('{');
    await page.getByText('This is not JSON.').waitFor();
    await page.getByLabel('Over again at').fill('70');
    await page.getByRole('button', { name: 'Try it' }).click();
    await page.getByText('It would have fired once in the last week').waitFor();
    await put('Put the rule');
    await page.getByRole('heading', { level: 1, name: id }).waitFor();
    const versions = page.getByRole('list', { name: 'Versions' });
    await versions.getByText('is above 92 °C (until 70 °C): minor').waitFor();
    await page.getByLabel('It becomes worse').check();
    await put('Put the next version');
    await versions.getByText(/Version 2 by admin@operator/).waitFor();
    await pages.look(page, 'alert-rule-versions');
  });

  it('have fields for each kind of condition', async () => {
    await page.goto(`${pages.dashboard}alerts/new-rule`);
    for (const kind of ['rate', 'no-data', 'geofence', 'anomaly']) {
      await page.getByLabel('When', { exact: true }).selectOption(kind);
      await put('Put the rule');
      await page.getByText('Something has to be put right first.').waitFor();
      await pages.look(page, `alert-rule-${kind}`);
    }
  });

  it('are switched off and on, exported and imported', async () => {
    await page.goto(`${pages.dashboard}alerts/rules`);
    await row().getByRole('switch').click();
    await page.getByText(`${id} is off.`).waitFor();
    await row().getByText('version 3 by admin@operator').waitFor();
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Export' }).click();
    const file = await (await download).path();
    expect(readFileSync(file, 'utf8')).to.include(id);
    await row().getByRole('switch').click();
    await row().getByText('version 4 by admin@operator').waitFor();
    await pages.look(page, 'alert-rules');
    const input = page.getByLabel('Import rules from a JSON file');
    await input.setInputFiles(file);
    await page.getByText(/rules? w(as|ere) taken\./).waitFor();
    await row().getByText('version 5 by admin@operator').waitFor();
    expect(await row().getByRole('switch').getAttribute('aria-checked')).to.equal('false');
    const broken = { name: 'rules.json', mimeType: 'application/json', buffer: Buffer.from('{"rules":[]}') };
    await input.setInputFiles(broken);
    await page.getByRole('alert').waitFor();
    await pages.look(page, 'alert-rules-refused');
  });

  it('are read by auditors, also on a phone in the dark', async () => {
    const phone = await pages.newPage({ viewport: NARROW, colorScheme: 'dark' });
    await pages.signIn(phone, 'auditor@auditor');
    await phone.goto(`${pages.dashboard}alerts/rules`);
    await row(phone).waitFor();
    expect(await phone.getByRole('link', { name: 'New rule' }).count()).to.equal(0);
    expect(await pages.overflow(phone)).to.be.at.most(0);
    await pages.look(phone, 'alert-rules-phone-dark');
    await row(phone).getByRole('link').click();
    await phone.getByText(/Version 5 by/).waitFor();
    await pages.look(phone, 'alert-rule-read-phone-dark');
    await phone.context().close();
  });

  it('fit on a phone, and are taken away', async () => {
    const phone = await pages.newPage({ viewport: NARROW, colorScheme: 'dark' });
    await pages.signIn(phone, 'admin@operator');
    await phone.goto(`${pages.dashboard}alerts/rules/${id}`);
    await phone.getByText(/Version 5 by/).waitFor();
    expect(await pages.overflow(phone)).to.be.at.most(0);
    await pages.look(phone, 'alert-rule-phone-dark');
    await phone.getByRole('button', { name: 'Take it away…' }).click();
    await pages.look(phone, 'alert-rule-remove-phone-dark');
    await phone.getByRole('dialog').getByRole('button', { name: 'Take it away' }).click();
    await phone.getByText(`${id} is taken away`).waitFor();
    expect(await row(phone).count()).to.equal(0);
    await phone.context().close();
  });

  it('never make the browser complain', () => {
    // A refusal is reported by the browser itself.
    expect(pages.complaints.filter((text) => !/status of 4\d\d/.test(text))).to.deep.equal([]);
  });
});

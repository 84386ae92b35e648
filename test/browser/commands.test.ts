import { expect } from 'chai';
import type { Page } from 'playwright-core';

import type { OpenDevice } from '../../ingest/device/device.ts';
import { openCommanded } from '../harness/commands.ts';
import { testHome } from '../harness/instance.ts';
import { makeDevice, registrationOf, withRegistry } from '../harness/test-device.ts';
import { typeLedger } from '../../network/ledger/types.ts';
import { connectLedger } from '../../network/ledger/client.ts';
import { memberConnection } from '../../network/ledger/member-connection.ts';
import { Pages, PHONE } from './pages.ts';

const ADMIN = 'admin@operator';

describe('commands in Chromium', function () {
  this.timeout(120_000);
  const home = testHome();
  const type = `shown-${Date.now().toString(36)}`;
  let pages: Pages;
  let page: Page;
  let operator: Page;
  let device: OpenDevice;
  let id: string;

  before(async () => {
    const client = connectLedger(memberConnection(home, ADMIN));
    await typeLedger(client).put({
      name: type,
      description: 'A trial',
      sensors: [{ name: 'temperature', unit: '°C', minimum: null, maximum: null, dataType: 'number' }],
    });
    client.close();
    const made = await makeDevice(home, 'shown');
    ({ id } = made);
    await withRegistry(home, ADMIN, async (registry) => {
      await registry.register([registrationOf(made, type)]);
      await registry.activate(id, 'made for a test');
    });
    device = await openCommanded(home, id, { 'set-interval': () => ({ was: 30 }) });
    pages = await Pages.open(home);
    page = await pages.newPage();
    await pages.signIn(page, ADMIN);
    operator = await pages.newPage();
    await pages.signIn(operator, 'operator@operator');
  });
  after(async () => {
    await pages.close();
    await device.close();
  });

  it('are defined for a type, with what is wrong said at its field', async () => {
    await page.goto(`${pages.dashboard}types/${type}`);
    await page.getByText('It takes no command').waitFor();
    await page.getByRole('button', { name: 'New command' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name', { exact: true }).first().fill('Set It');
    await dialog.getByLabel('What it does').fill('Sets how often it measures');
    await dialog.getByRole('button', { name: 'Add a parameter' }).click();
    const row = dialog.getByRole('group', { name: 'Parameter 1' });
    await row.getByLabel('Name').fill('seconds');
    await row.getByLabel('From').fill('1');
    await row.getByLabel('To', { exact: true }).fill('3600');
    await dialog.getByRole('button', { name: 'Define it' }).click();
    await dialog.getByText('A command is named with').waitFor();
    await pages.look(page, 'command-definition-errors');
    await dialog.getByLabel('Name', { exact: true }).first().fill('set-interval');
    await dialog.getByRole('button', { name: 'Define it' }).click();
    await page.getByText('set-interval is version 1 now.').waitFor();
    await page.getByRole('list', { name: 'Commands of the type' }).getByText('seconds ·').waitFor();
    await pages.look(page, 'command-catalogue');
  });

  it('get another version, with a second person to approve', async () => {
    await page.getByRole('button', { name: 'New command' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name', { exact: true }).first().fill('restart');
    await dialog.getByLabel('What it does').fill('Starts it again');
    await dialog.getByLabel('A second person has to approve each one').check();
    await dialog.getByRole('button', { name: 'Define it' }).click();
    await page.getByText('restart is version 1 now.').waitFor();
    await page.getByRole('button', { name: 'Change set-interval' }).click();
    await dialog.getByRole('button', { name: 'Write the JSON Schema' }).click();
    expect(await dialog.getByLabel('JSON Schema').inputValue()).to.include('"maximum": 3600');
    await dialog.getByRole('button', { name: 'Put the next version' }).click();
    await page.getByText('set-interval is version').waitFor();
  });

  it('are sent from the page of a device, by a form made of their schema', async () => {
    await operator.goto(`${pages.dashboard}devices/${id}`);
    await operator.getByRole('button', { name: 'Send command' }).click();
    const dialog = operator.getByRole('dialog');
    await dialog.getByLabel('Command').selectOption('set-interval');
    await dialog.getByLabel('seconds').fill('4000');
    await dialog.getByRole('button', { name: 'Send' }).click();
    await dialog.getByText('<=3600').waitFor();
    await pages.look(operator, 'command-issue-errors');
    await dialog.getByLabel('seconds').fill('60');
    await dialog.getByRole('button', { name: 'Send' }).click();
    await operator.getByRole('heading', { level: 1, name: 'set-interval' }).waitFor();
    await operator.getByRole('list', { name: 'Devices by state' }).getByText('succeeded').waitFor();
    await operator.getByRole('table').getByText('{"was":30}').waitFor();
    await pages.look(operator, 'command-succeeded');
  });

  it('wait for somebody else, who sees them and decides, live', async () => {
    await operator.goto(`${pages.dashboard}commands`);
    await operator.getByRole('button', { name: 'Send a command' }).click();
    const dialog = operator.getByRole('dialog');
    await dialog.getByLabel('Type').selectOption(type);
    await dialog.getByLabel('Command').selectOption('restart');
    await dialog.getByLabel('Devices', { exact: true }).fill(id);
    await pages.look(operator, 'command-issue');
    await dialog.getByRole('button', { name: 'Ask for approval' }).click();
    await operator.getByText('Somebody else of your organisation has to approve it.').waitFor();
    await page.goto(`${pages.dashboard}commands?state=pending+approval`);
    await page.getByRole('table').getByRole('link', { name: 'restart' }).first().click();
    await page.getByRole('button', { name: 'Approve…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
    await operator.getByRole('list', { name: 'Devices by state' }).getByText('rejected').waitFor();
    await pages.look(operator, 'command-rejected-by-device');
  });

  it('are listed, and fit on a phone in the dark', async () => {
    await operator.goto(`${pages.dashboard}commands`);
    await operator.getByRole('table').getByRole('link', { name: 'set-interval' }).first().waitFor();
    await pages.look(operator, 'commands');
    const phone = await pages.newPage({ viewport: PHONE, colorScheme: 'dark' });
    await pages.signIn(phone, 'auditor@auditor');
    await phone.goto(`${pages.dashboard}commands`);
    await phone.getByRole('link', { name: 'set-interval' }).first().waitFor();
    expect(await phone.getByRole('button', { name: 'Send a command' }).count(), 'an auditor').to.equal(0);
    expect(await pages.overflow(phone)).to.be.at.most(0);
    await pages.look(phone, 'commands-phone-dark');
    await phone.getByRole('link', { name: 'set-interval' }).first().click();
    await phone.getByRole('heading', { name: 'Timeline' }).waitFor();
    expect(await pages.overflow(phone)).to.be.at.most(0);
    await pages.look(phone, 'command-phone-dark');
    await phone.context().close();
  });

  it('never make the browser complain', () => {
    expect(pages.complaints).to.deep.equal([]);
  });
});

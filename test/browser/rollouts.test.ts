import { randomBytes } from 'node:crypto';

import { expect } from 'chai';
import type { Locator, Page } from 'playwright-core';

import { newVendor, releaseDraft, vendorKeyDraft } from '../../chaincode/protocol/testing/firmware.ts';
import { firmwareLedger } from '../../network/ledger/firmware.ts';
import { registryLedger } from '../../network/ledger/registry.ts';
import { typeLedger } from '../../network/ledger/types.ts';
import { failureOf } from '../harness/failure.ts';
import { eventually, testHome } from '../harness/instance.ts';
import { membersOf } from '../harness/members.ts';
import { makeDevice, TENANT } from '../harness/test-device.ts';
import { certified, chooseOwnKey, openKeyDialog } from './own-key-files.ts';
import { Pages, PHONE } from './pages.ts';

const VENDOR_SIDE = 'admin@manufacturer';
const OWNER = 'admin@operator';

describe('rollouts of firmware in Chromium', function () {
  this.timeout(120_000);
  const home = testHome();
  const members = membersOf(home);
  const type = `lamp-${randomBytes(4).toString('hex')}`;
  const vendor = newVendor();
  const draft = releaseDraft(vendor, randomBytes(1000), { type });
  let pages: Pages;
  let page: Page;
  let device: string;

  before(async () => {
    const sensors = [
      { name: 'temperature', unit: '°C', minimum: null, maximum: null, dataType: 'number' },
    ] as const;
    await typeLedger(members.as(VENDOR_SIDE)).put({
      name: type,
      description: 'A trial',
      sensors: [...sensors],
    });
    const firmware = firmwareLedger(members.as(VENDOR_SIDE));
    await firmware.registerKey(vendorKeyDraft(vendor, 'ManufacturerMSP'));
    await firmware.publish(draft);
    // The owner's own peer may be a block behind the vendor's.
    const owners = members.as(OWNER);
    const approval = (): Promise<unknown> =>
      failureOf(firmwareLedger(owners).approve(draft.id)).catch(() => undefined);
    await eventually(async () => (await approval()) === undefined, 'the release to be approved');
    const made = await makeDevice(home, 'lamp');
    device = made.id;
    const registry = registryLedger(owners);
    await registry.register([{ id: device, tenant: TENANT, type, publicKey: made.publicKey }]);
    await registry.activate(device, 'a test');
    pages = await Pages.open(home);
    page = await pages.newPage();
    await pages.signIn(page, OWNER);
  });
  after(async () => {
    await pages.close();
    members.close();
  });

  async function fillIn(): Promise<Locator> {
    await page.goto(`${pages.dashboard}firmware/rollouts`);
    await page.getByRole('button', { name: 'Roll a release out' }).click();
    const dialog = page.getByRole('dialog', { name: 'Roll a release out' });
    await dialog.getByLabel('Release').selectOption({ label: `${type} 1.2.0` });
    await dialog.getByLabel('Tenant').fill(TENANT);
    return dialog;
  }

  const state = (text: string): Locator => page.locator('header').getByText(text, { exact: true });
  const byState = (text: string): Promise<void> =>
    page.getByRole('list', { name: 'Devices by state' }).getByText(text).waitFor();

  it('are asked for by a form, which says what is wrong where it is', async () => {
    const dialog = await fillIn();
    await dialog.getByLabel('Tenant').fill('');
    await dialog.getByLabel('Devices a minute').fill('many');
    await dialog.getByRole('group', { name: 'Phase 1' }).getByLabel('Goes on at, %').fill('101');
    await dialog.getByRole('button', { name: 'Roll it out' }).click();
    await dialog.getByRole('alert').getByText('Phase 1').waitFor();
    await pages.look(page, 'rollout-form-errors');
    await dialog.getByLabel('Tenant').fill(TENANT);
    await dialog.getByLabel('Devices a minute').fill('600');
    await dialog.getByRole('group', { name: 'Phase 1' }).getByLabel('Goes on at, %').fill('80');
    await pages.look(page, 'rollout-form');
    await dialog.getByRole('button', { name: 'Roll it out' }).click();
    await page.getByRole('heading', { level: 1, name: `${type} 1.2.0` }).waitFor();
    await byState('1 waiting');
    await page.getByRole('table', { name: 'Devices of the rollout' }).getByText(device).waitFor();
    await pages.look(page, 'rollout-running');
  });

  it('are paused, resumed and cancelled', async () => {
    await page.getByRole('button', { name: 'Pause…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Reason').fill('the night shift needs light');
    await dialog.getByRole('button', { name: 'Pause' }).click();
    await state('paused').waitFor();
    await page.getByText('“the night shift needs light”').waitFor();
    await pages.look(page, 'rollout-paused');
    await page.getByRole('button', { name: 'Resume…' }).click();
    await dialog.getByRole('button', { name: 'Resume' }).click();
    await state('running').waitFor();
    await page.getByRole('button', { name: 'Cancel the rollout…' }).click();
    await dialog.getByLabel('Reason').fill('another version comes');
    await dialog.getByRole('button', { name: 'Cancel the rollout' }).click();
    await state('cancelled').waitFor();
    await byState('1 cancelled');
  });

  it('stop when too many fail, and say why each did', async () => {
    const dialog = await fillIn();
    await dialog.getByText('How long a device may take').click();
    await dialog.getByLabel('waiting').fill('0.02');
    await dialog.getByRole('button', { name: 'Roll it out' }).click();
    await page.getByRole('heading', { level: 1, name: `${type} 1.2.0` }).waitFor();
    await state('stopped').waitFor();
    await byState('1 failed');
    await page.getByLabel('State', { exact: true }).selectOption('failed');
    await page.getByRole('table', { name: 'Devices of the rollout' }).getByText(device).waitFor();
    await pages.look(page, 'rollout-stopped');
    await page.getByLabel('State', { exact: true }).selectOption('succeeded');
    await page.getByText('None in this state').waitFor();
  });

  it('wait for a second person, who is not their author, signed with a key of one’s own', async () => {
    await chooseOwnKey(await openKeyDialog(page), await certified(home, OWNER));
    await page.getByText('You sign with your own key from now on.').waitFor();
    await page.getByRole('link', { name: 'Rollouts' }).click();
    await page.getByRole('button', { name: 'Roll a release out' }).click();
    const dialog = page.getByRole('dialog', { name: 'Roll a release out' });
    await dialog.getByLabel('Release').selectOption({ label: `${type} 1.2.0` });
    await dialog.getByLabel('Tenant').fill(TENANT);
    await dialog.getByLabel('Named').fill(device);
    await dialog.getByLabel('has to approve it first').check();
    await dialog.getByRole('button', { name: 'Ask for approval' }).click();
    const signing = page.getByRole('dialog', { name: 'Sign: rollout create' });
    await signing.getByText(device).waitFor();
    await signing.getByRole('button', { name: 'Sign', exact: true }).click();
    await signing.getByText('pending approval').waitFor();
    await signing.getByRole('button', { name: 'Sign', exact: true }).click();
    await state('pending approval').waitFor();
    await page.getByText('Somebody else of the organisation has to approve it').waitFor();
    expect(await page.getByRole('button', { name: 'Approve…' }).count()).to.equal(0);
  });

  it('can be read on a phone in the dark, by who may do nothing else', async () => {
    const phone = await pages.newPage({ viewport: PHONE, colorScheme: 'dark' });
    await pages.signIn(phone, 'auditor@auditor');
    await phone.goto(`${pages.dashboard}firmware/rollouts`);
    const list = phone.getByRole('list', { name: 'Rollouts' });
    await list.getByText('stopped').first().waitFor();
    expect(await phone.getByRole('button', { name: 'Roll a release out' }).count()).to.equal(0);
    expect(await pages.overflow(phone)).to.be.at.most(0);
    await pages.look(phone, 'rollouts-phone-dark');
    await list.getByRole('listitem').filter({ hasText: 'stopped' }).getByRole('link').first().click();
    await phone.getByRole('table', { name: 'Devices of the rollout' }).getByText(device).waitFor();
    expect(await pages.overflow(phone)).to.be.at.most(0);
    await pages.look(phone, 'rollout-phone-dark');
    await phone.context().close();
    const small = await pages.newPage({ viewport: PHONE, colorScheme: 'light' });
    await pages.signIn(small, OWNER);
    await small.goto(`${pages.dashboard}firmware/rollouts`);
    await small.getByRole('button', { name: 'Roll a release out' }).click();
    await small.getByRole('dialog').getByLabel('Release').waitFor();
    await pages.look(small, 'rollout-form-phone');
    expect(await pages.overflow(small)).to.be.at.most(0);
    await small.context().close();
  });

  it('never make the browser complain', () => {
    expect(pages.complaints).to.deep.equal([]);
  });
});

import { expect } from 'chai';
import type { Locator, Page } from 'playwright-core';

import type { Rule } from '../../chaincode/protocol/policy/rule.ts';
import { policyLedger } from '../../network/ledger/policies.ts';
import { eventually, testHome } from '../harness/instance.ts';
import { membersOf } from '../harness/members.ts';
import { DESKTOP, Pages, PHONE } from './pages.ts';

const SENTENCE = 'Operators of Operator may suspend devices of type press.';

const FREE: Rule = {
  id: 'free',
  effect: 'allow',
  description: 'Auditors see the audit trail',
  who: { roles: ['auditor'] },
  actions: ['audit:read'],
  what: {},
  when: {},
};

describe('policies in Chromium', function () {
  this.timeout(120_000);
  /** So that what another run left behind does not count. */
  const rule = `operator-suspends-presses-${Date.now().toString(36)}`;
  const reason = `Operators stop a press themselves (${rule})`;
  const undoing = `The trial is over (${rule})`;
  let pages: Pages;
  let operator: Page;
  let manufacturer: Page;

  before(async () => {
    pages = await Pages.open(testHome());
    operator = await pages.newPage();
    manufacturer = await pages.newPage({ viewport: DESKTOP, colorScheme: 'dark' });
    await pages.signIn(operator, 'admin@operator');
    await pages.signIn(manufacturer, 'admin@manufacturer');
  });
  after(async () => {
    await pages.close();
  });

  async function openPolicies(page: Page): Promise<void> {
    await page.goto(`${pages.dashboard}policies`);
    await page.getByRole('list', { name: 'Rules', exact: true }).waitFor();
  }

  function proposalOf(page: Page, why: string): Locator {
    return page.getByRole('article', { name: why });
  }

  /** Who may do what at present, as one member is told. */
  async function explained(page: Page): Promise<string> {
    await page.getByRole('button', { name: 'Why?' }).click();
    const dialog = page.getByRole('dialog', { name: 'Why?' });
    await dialog.getByLabel('Who').selectOption('operator@operator');
    await dialog.getByLabel('Does what').selectOption('device:suspend');
    await dialog.getByLabel('With which device').fill('press-01');
    await dialog.getByRole('button', { name: 'Ask' }).click();
    await dialog.getByText('Rules considered').waitFor();
    return (await dialog.getByText(/^(Allowed|Refused)$/).innerText()).trim();
  }

  it('lists the rules as sentences', async () => {
    await openPolicies(operator);
    await operator.getByText('may propose and approve changes of the policies').waitFor();
    await pages.look(operator, 'policies');
  });

  it('shows the rules of each channel, which are its own', async () => {
    await operator.getByRole('link', { name: 'Anchors', exact: true }).last().click();
    await operator.getByText('Who anchors, and who reads anchors on the ledger itself.').waitFor();
    await operator.getByRole('list', { name: 'Rules', exact: true }).waitFor();
    const current = operator.getByRole('navigation', { name: 'Channels' }).locator('[aria-current=page]');
    expect(await current.allInnerTexts()).to.deep.equal(['Anchors']);
    await operator.getByRole('button', { name: 'Why?' }).click();
    const dialog = operator.getByRole('dialog', { name: 'Why?' });
    await dialog.getByLabel('Does what').selectOption('anchor:append');
    expect(await dialog.locator('option[value="device:suspend"]').count()).to.equal(0);
    await dialog.getByRole('button', { name: 'Ask' }).click();
    await dialog.getByText('Rules considered').waitFor();
    await pages.look(operator, 'policies-anchors');
    await operator.keyboard.press('Escape');

    await operator.getByRole('button', { name: 'Propose a change', exact: true }).click();
    const form = operator.getByRole('dialog');
    await form.getByLabel('Name of the rule').fill(`${rule}-anchors`);
    await form.getByLabel('What it is for').fill('Tried on the other channel');
    await form.getByRole('checkbox', { name: 'auditors', exact: true }).check();
    await form.getByRole('checkbox', { name: 'see anchors' }).check();
    await form.getByRole('button', { name: 'See what it would change' }).click();
    await form.getByText(/Asked the ledger/).waitFor();
    await form.getByLabel('Reason').fill(`For the anchors (${rule})`);
    await form.getByRole('button', { name: 'Propose', exact: true }).click();
    const proposal = proposalOf(operator, `For the anchors (${rule})`);
    await pages.look(operator, 'policies-anchors-waiting');
    await proposal.getByRole('button', { name: /Withdraw/ }).click();
    await operator.getByRole('dialog').getByRole('button', { name: 'Withdraw', exact: true }).click();
    await operator.getByText('Withdrawn: the rules stay as they are.').waitFor();
    await openPolicies(operator);
    expect(await operator.getByText(`For the anchors (${rule})`).count()).to.equal(0);
  });

  it('answers why an operator may not suspend a device', async () => {
    expect(await explained(operator)).to.equal('Refused');
    await pages.look(operator, 'policies-explain-refused');
    await operator.keyboard.press('Escape');
  });

  it('says at each field what is wrong with a rule', async () => {
    await operator.getByRole('button', { name: 'Propose a change', exact: true }).click();
    const dialog = operator.getByRole('dialog');
    await dialog.getByRole('button', { name: 'See what it would change' }).click();
    await dialog.getByText('Choose at least one action.').waitFor();
    await pages.look(operator, 'policies-form-errors');
    await operator.keyboard.press('Escape');
  });

  it('lets an administrator propose a rule, once it is shown what it would change for whom', async () => {
    await operator.getByRole('button', { name: 'Propose a change', exact: true }).click();
    const dialog = operator.getByRole('dialog');
    await dialog.getByLabel('Name of the rule').fill(rule);
    await dialog.getByLabel('What it is for').fill('Whoever stands beside a press can stop it');
    await dialog.getByRole('checkbox', { name: 'operators', exact: true }).check();
    await dialog.getByRole('checkbox', { name: 'Operator', exact: true }).check();
    await dialog.getByRole('checkbox', { name: 'suspend devices' }).check();
    await dialog.getByLabel('Device types').fill('press');
    await pages.look(operator, 'policies-form');
    await dialog.getByRole('button', { name: 'See what it would change' }).click();
    await dialog.getByText(/operator@operator[^]*may then suspend devices/).waitFor();
    await dialog.getByLabel('Reason').fill(reason);
    await dialog.getByLabel('Open for approval').selectOption('For a week');
    await pages.look(operator, 'policies-review');
    await dialog.getByRole('button', { name: 'Propose', exact: true }).click();
    await proposalOf(operator, reason).waitFor();
  });

  it('shows from when on a rule would change something, and what could not be tried', async () => {
    await operator.getByRole('button', { name: 'Propose a change', exact: true }).click();
    const dialog = operator.getByRole('dialog');
    await dialog.getByLabel('Name of the rule').fill(`${rule}-at-night`);
    await dialog.getByLabel('What it is for').fill('Tried at night');
    await dialog.getByRole('textbox', { name: 'Members' }).fill('operator@operator, nobody@operator');
    await dialog.getByRole('checkbox', { name: 'revoke devices' }).check();
    await dialog.locator('summary').click();
    await dialog.getByLabel('From (UTC)', { exact: true }).fill('2099-01-01T00:00');
    await dialog.getByRole('button', { name: 'See what it would change' }).click();
    await dialog.getByText(/operator@operator\s+may then revoke devices/).waitFor();
    await dialog.getByText('at 2099-01-01 00:00 UTC, not now').waitFor();
    await dialog.getByText('nobody known here is called nobody@operator').waitFor();
    await pages.look(operator, 'policies-review-untried');
    await operator.keyboard.press('Escape');
  });

  it('does not let the proposer’s organisation approve it, and says why', async () => {
    const proposal = proposalOf(operator, reason);
    await proposal.getByText(/your own organisation, proposed this/).waitFor();
    await proposal.getByText('6 d left').waitFor();
    await proposal.getByText(/may then/).waitFor();
    expect(await proposal.getByRole('button', { name: /Approve/ }).count()).to.equal(0);
    expect(await proposal.getByRole('button', { name: /Withdraw/ }).count()).to.equal(1);
    await pages.look(operator, 'policies-waiting');
  });

  it('shows the proposal to an operator without telling of members, whom operators may not see', async () => {
    const page = await pages.newPage();
    await pages.signIn(page, 'operator@operator');
    await openPolicies(page);
    const proposal = proposalOf(page, reason);
    await proposal.getByText(/told to those who may see the members/).waitFor();
    expect(await proposal.getByText(/may then/).count()).to.equal(0);
    await pages.look(page, 'policies-waiting-operator');
    await page.context().close();
  });

  it('lets another organisation approve it, and lists the rule from then on', async () => {
    await openPolicies(manufacturer);
    const proposal = proposalOf(manufacturer, reason);
    await proposal.getByText(/may then/).waitFor();
    await pages.look(manufacturer, 'policies-waiting-dark');
    await proposal.getByRole('button', { name: /Approve/ }).click();
    const dialog = manufacturer.getByRole('dialog');
    await pages.look(manufacturer, 'policies-approve-dark');
    await dialog.getByRole('button', { name: 'Approve', exact: true }).click();
    const rules = manufacturer.getByRole('list', { name: 'Rules', exact: true });
    await rules.getByRole('listitem').filter({ hasText: rule }).filter({ hasText: SENTENCE }).waitFor();
    await proposal.waitFor({ state: 'detached' });
  });

  it('explains the new rule, which is in force', async () => {
    await openPolicies(operator);
    expect(await explained(operator)).to.equal('Allowed');
    await operator.getByRole('dialog').getByText('Decides').waitFor();
    await pages.look(operator, 'policies-explain-allowed');
    await operator.keyboard.press('Escape');

    const person = await pages.newPage();
    await pages.signIn(person, 'operator@operator');
    await person.goto(`${pages.dashboard}devices/press-01`);
    await person.getByRole('button', { name: 'Change status' }).click();
    await person.getByRole('menuitem', { name: 'Suspend…' }).waitFor();
    expect(await person.getByRole('menuitem').count()).to.equal(1);
    await person.context().close();
  });

  it('works at the width of a phone', async () => {
    const phone = await pages.newPage({ viewport: PHONE });
    await pages.signIn(phone, 'admin@operator');
    await openPolicies(phone);
    expect(await pages.overflow(phone)).to.be.at.most(0);
    await pages.look(phone, 'policies-phone');
    await phone
      .getByRole('button', { name: /^Propose/ })
      .first()
      .click();
    await phone.getByRole('dialog').getByLabel('Name of the rule').waitFor();
    await pages.look(phone, 'policies-form-phone');
    await phone.context().close();
  });

  it('offers an auditor the rules and the question why, and nothing to change', async () => {
    const auditor = await pages.newPage({ viewport: PHONE, colorScheme: 'dark' });
    await pages.signIn(auditor, 'auditor@auditor');
    await openPolicies(auditor);
    expect(await auditor.getByRole('button', { name: /propose|approve|reject/i }).count()).to.equal(0);
    expect(await explained(auditor)).to.equal('Allowed');
    await pages.look(auditor, 'policies-explain-phone-dark');
    await auditor.context().close();
  });

  it('takes the right away at once, because that needs nobody else', async () => {
    await openPolicies(operator);
    await operator.getByRole('button', { name: `Propose a change of ${rule}` }).click();
    await operator.getByRole('menuitem', { name: 'Remove…' }).click();
    const dialog = operator.getByRole('dialog');
    await dialog.getByText(/operator@operator[^]*may no longer suspend devices/).waitFor();
    await dialog.getByLabel('Reason').fill(undoing);
    await pages.look(operator, 'policies-remove');
    await dialog.getByRole('button', { name: 'Propose', exact: true }).click();
    await operator.getByText('Applied: it only takes rights away.').waitFor();
    await eventually(
      async () => (await operator.getByRole('button', { name: `Propose a change of ${rule}` }).count()) === 0,
      'the rule to be gone',
    );
    await operator.getByText(undoing).click();
    await pages.look(operator, 'policies-earlier');
    expect(await explained(operator)).to.equal('Refused');
  });

  it('shows a proposal that nobody approved in time as one that is over', async () => {
    const unheard = `Nobody hears of it (${rule})`;
    const members = membersOf(testHome());
    const expiresAt = new Date(Date.now() + 10_000).toISOString();
    await policyLedger(members.as('admin@operator'), 'registry').propose(
      { put: [{ ...FREE, id: `${rule}-unheard` }], remove: [] },
      unheard,
      expiresAt,
    );
    members.close();
    await openPolicies(manufacturer);
    const earlier = manufacturer.getByRole('list', { name: 'Earlier proposals' }).getByRole('listitem');
    await earlier.filter({ hasText: unheard }).getByText('Expired: nobody approved it in time').waitFor();
    expect(await proposalOf(manufacturer, unheard).count()).to.equal(0);
    await pages.look(manufacturer, 'policies-expired-dark');
  });

  it('never makes the browser complain', () => {
    expect(pages.complaints).to.deep.equal([]);
  });
});

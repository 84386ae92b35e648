import { expect } from 'chai';
import type { PolicyChange } from '../../chaincode/protocol/policy/change.ts';
import { DEFAULT_RULES } from '../../chaincode/protocol/policy/default-rules.ts';
import type { Proposal } from '../../chaincode/protocol/policy/proposal.ts';
import type { Subject } from '../../chaincode/protocol/policy/request.ts';
import type { CorroboratingClient, LedgerCall } from './client.ts';
import { policyLedger } from './policies.ts';

const ID = 'a'.repeat(64);
const CHANGE: PolicyChange = { put: [], remove: ['a-rule'] };
const SUBJECT: Subject = { org: 'OperatorMSP', name: 'admin@operator', role: 'admin', tenants: '*' };
const DECISION = { allowed: false, rule: null, reason: 'no rule allows it' };
const PROPOSAL: Proposal = {
  id: ID,
  change: CHANGE,
  reason: 'because',
  status: 'proposed',
  needsApproval: true,
  expiresAt: '2026-02-01T00:00:00.000Z',
  scope: { consortium: true, tenants: [] },
  base: { 'a-rule': ID },
  proposed: {
    name: 'admin@operator',
    org: 'OperatorMSP',
    at: '2026-01-01T00:00:00.000Z',
    transaction: ID,
    role: 'admin',
    attributes: {},
  },
  decided: null,
};

/** A contract that answers everything alike, and keeps what it was called with. */
class FakeContract implements CorroboratingClient {
  readonly evaluated: LedgerCall[] = [];
  readonly corroborated: LedgerCall[] = [];
  readonly submitted: LedgerCall[] = [];
  readonly #answer: unknown;

  constructor(answer: unknown) {
    this.#answer = answer;
  }

  evaluate(call: LedgerCall): Promise<string> {
    this.evaluated.push(call);
    return Promise.resolve(JSON.stringify(this.#answer));
  }

  corroborate(call: LedgerCall): Promise<string> {
    this.corroborated.push(call);
    return Promise.resolve(JSON.stringify(this.#answer));
  }

  submit(call: LedgerCall): Promise<{ result: string; transaction: string; block: number }> {
    this.submitted.push(call);
    return Promise.resolve({ result: JSON.stringify(this.#answer), transaction: ID, block: 7 });
  }
}

const called = (calls: LedgerCall[]): string[][] =>
  calls.map(({ channel, contract, transaction, args }) => [channel, contract, transaction, ...args]);

describe('policies on the ledger', () => {
  it('are changed by transactions, whose place they tell', async () => {
    const contract = new FakeContract(PROPOSAL);
    const policies = policyLedger(contract, 'anchors');
    const committed = await policies.propose(CHANGE, 'because');
    expect(committed).to.deep.equal({ proposal: PROPOSAL, transaction: ID, block: 7 });
    await policies.approve(ID);
    await policies.reject(ID);
    await policies.withdraw(ID);
    expect(called(contract.submitted)).to.deep.equal([
      ['anchors', 'PolicyContract', 'Propose', JSON.stringify(CHANGE), 'because', ''],
      ['anchors', 'PolicyContract', 'Approve', ID],
      ['anchors', 'PolicyContract', 'Reject', ID],
      ['anchors', 'PolicyContract', 'Withdraw', ID],
    ]);
    expect(contract.evaluated).to.deep.equal([]);
  });

  it('begin by a transaction, and are read without one', async () => {
    const contract = new FakeContract(DEFAULT_RULES);
    const policies = policyLedger(contract, 'registry');
    expect((await policies.initialise()).rules).to.deep.equal(DEFAULT_RULES);
    expect(await policies.rules()).to.deep.equal(DEFAULT_RULES);
    expect(called(contract.submitted)).to.deep.equal([['registry', 'PolicyContract', 'Initialise']]);
    expect(called(contract.evaluated)).to.deep.equal([['registry', 'PolicyContract', 'List']]);
  });

  it('are asked for a stated subject, or without any text for whoever asks', async () => {
    const contract = new FakeContract(DECISION);
    const policies = policyLedger(contract, 'registry');
    expect(await policies.authorize(SUBJECT, 'device:read', { device: 'x' })).to.deep.equal(DECISION);
    await policies.authorize(undefined, 'device:read', {});
    expect(called(contract.evaluated)).to.deep.equal([
      ['registry', 'PolicyContract', 'Authorize', JSON.stringify(SUBJECT), 'device:read', '{"device":"x"}'],
      ['registry', 'PolicyContract', 'Authorize', '', 'device:read', '{}'],
    ]);
  });

  it('explain themselves likewise', async () => {
    const explanation = { ...DECISION, considered: [], rules: 0 };
    const contract = new FakeContract(explanation);
    const policies = policyLedger(contract, 'registry');
    expect(await policies.explain(undefined, 'device:read', {})).to.deep.equal(explanation);
    await policies.explain(SUBJECT, 'device:read', {});
    expect(called(contract.evaluated).map((call) => call.slice(2))).to.deep.equal([
      ['Explain', '', 'device:read', '{}'],
      ['Explain', JSON.stringify(SUBJECT), 'device:read', '{}'],
    ]);
  });

  it('show their proposals one by one and page by page, by the word of two organisations', async () => {
    const one = new FakeContract(PROPOSAL);
    expect(await policyLedger(one, 'registry').proposal(ID)).to.deep.equal(PROPOSAL);
    expect(called(one.corroborated)[0]?.slice(2)).to.deep.equal(['GetProposal', ID]);
    expect(one.evaluated).to.deep.equal([]);
    const contract = new FakeContract({ proposals: [PROPOSAL], bookmark: '' });
    const page = await policyLedger(contract, 'registry').proposals(20, ID);
    expect(page).to.deep.equal({ proposals: [PROPOSAL], bookmark: '' });
    expect(called(contract.corroborated)[0]?.slice(2)).to.deep.equal(['ListProposals', '20', ID]);
    expect(contract.evaluated).to.deep.equal([]);
  });

  it('tell what a change would change, without making it', async () => {
    const question = { subject: SUBJECT, action: 'device:read', resource: {} } as const;
    const difference = { ...question, before: DECISION, after: { ...DECISION, allowed: true } };
    const contract = new FakeContract([difference]);
    expect(await policyLedger(contract, 'registry').dryRun(CHANGE, [question])).to.deep.equal([difference]);
    const args = [JSON.stringify(CHANGE), JSON.stringify([question])];
    expect(called(contract.evaluated)[0]?.slice(2)).to.deep.equal(['DryRun', ...args]);
    expect(contract.submitted).to.deep.equal([]);
  });

  it('are not guessed at when the contract answers in another form', async () => {
    const error: unknown = await policyLedger(new FakeContract([{ id: 'half-a-rule' }]), 'registry')
      .rules()
      .catch((caught: unknown) => caught);
    expect(error).to.have.property('code', 'INTERNAL');
  });
});

import { expect } from 'chai';

import { proposalPageSchema, proposalSchema } from '../../chaincode/protocol/policy/proposal.ts';
import { HOSTILE_NAMES } from '../../chaincode/protocol/testing/hostile-names.ts';
import { deny, Policies, put, remove, rule } from './harness/policies.ts';

const AUDIT = rule('operators-read-audit', { who: { roles: ['operator'] }, actions: ['audit:read'] });
const STOP = deny('stop', { what: { devices: ['press-07'] } });

describe('a change of the policy in PolicyContract', () => {
  let policies: Policies;

  beforeEach(async () => {
    policies = await Policies.begin();
  });

  const ids = async (): Promise<string[]> => (await policies.rules()).map(({ id }) => id);

  it('is applied at once when it takes rights away, and told to the channel', async () => {
    const change = { put: [STOP], remove: ['admin-and-auditor-read-audit'] };
    const { result, event, transaction } = await policies.call(
      'operator',
      'Propose',
      JSON.stringify(change),
      ' why ',
      '',
    );
    const deed = { name: 'admin@operator', org: 'OperatorMSP', at: '2026-01-01T00:00:02.000Z', transaction };
    const proposal = proposalSchema.parse(result);
    expect(proposal).to.deep.include({
      id: transaction,
      change,
      reason: 'why',
      status: 'applied',
      needsApproval: false,
    });
    expect(proposal.proposed).to.deep.equal({ ...deed, role: 'admin', attributes: {} });
    expect(proposal.decided).to.deep.equal(deed);
    expect(proposal.base['stop']).to.equal(null);
    expect(proposal.base['admin-and-auditor-read-audit']).to.match(/^[0-9a-f]{64}$/);
    expect(event).to.deep.equal({ name: 'policy', payload: change });
    expect(await ids())
      .to.include('stop')
      .and.not.include('admin-and-auditor-read-audit');
  });

  it('cannot make rules so many, by one organisation’s word, that nobody can judge by them', async () => {
    const devices = Array.from({ length: 100 }, (_, index) => `d-${index}`.padEnd(64, 'x'));
    const flood = (round: number) =>
      put(
        ...Array.from({ length: 35 }, (_, index) => deny(`flood-${round}-${index}`, { what: { devices } })),
      );
    const propose = async (round: number): Promise<string> => {
      const { status } = await policies.propose('operator', flood(round));
      return status;
    };
    for (let round = 0; round < 4; round += 1) expect(await propose(round)).to.equal('applied');
    expect(await policies.refusedProposal('operator', flood(4))).to.equal('INVALID_ARGUMENT');
    const huge = put(
      ...Array.from({ length: 50 }, (_, index) => deny(`huge-${index}`, { what: { devices } })),
    );
    expect(await policies.refusedProposal('operator', huge)).to.equal('INVALID_ARGUMENT');
    const away = await policies.propose('operator', remove(...flood(0).put.map(({ id }) => id)));
    await policies.call('auditor', 'Approve', away.id);
    expect(await propose(4)).to.equal('applied');
  });

  it('waits when it may widen rights: nothing changes, and nobody is told', async () => {
    const before = await policies.rules();
    const { result, event } = await policies.call(
      'operator',
      'Propose',
      JSON.stringify(put(AUDIT)),
      'why',
      '',
    );
    expect(proposalSchema.parse(result)).to.include({
      status: 'proposed',
      needsApproval: true,
      decided: null,
    });
    expect(event).to.equal(undefined);
    expect(await policies.rules()).to.deep.equal(before);
  });

  it('is applied by the approval of another organisation, which both are on record for', async () => {
    const proposal = await policies.propose('operator', put(AUDIT));
    const { result, event, transaction } = await policies.call('auditor', 'Approve', proposal.id);
    expect(proposalSchema.parse(result)).to.deep.equal({
      ...proposal,
      status: 'applied',
      decided: { name: 'admin@auditor', org: 'AuditorMSP', at: '2026-01-01T00:00:03.000Z', transaction },
    });
    expect(event).to.deep.equal({ name: 'policy', payload: put(AUDIT) });
    expect(await ids()).to.include('operators-read-audit');
    expect(await policies.evaluate('GetProposal', proposal.id)).to.deep.equal(result);
  });

  it('replaces a rule whole', async () => {
    const [before] = (await policies.rules()).filter(({ id }) => id === 'ingest-reads-registry');
    const after = { ...before!, actions: ['device:read' as const] };
    await policies.agree(put(after));
    expect((await policies.rules()).filter(({ id }) => id === after.id)).to.deep.equal([after]);
    const allowed = await policies.evaluate(
      'Authorize',
      JSON.stringify({ org: 'OperatorMSP', name: 'ingest@operator', role: 'ingest', tenants: '*' }),
      'anchor:read',
      '{}',
    );
    expect(allowed).to.include({ allowed: false });
  });

  it('is approved and rejected by other organisations, and withdrawn by its own', async () => {
    const proposal = await policies.propose('operator', put(AUDIT));
    for (const verb of ['Approve', 'Reject'])
      expect(await policies.refusal('operator', verb, proposal.id)).to.equal('FORBIDDEN');
    for (const other of ['manufacturer', 'auditor'] as const) {
      expect(await policies.refusal(other, 'Withdraw', proposal.id)).to.equal('FORBIDDEN');
    }
    expect(await policies.evaluate('GetProposal', proposal.id)).to.deep.equal(proposal);
  });

  for (const [verb, by, status] of [
    ['Approve', 'manufacturer', 'applied'],
    ['Reject', 'manufacturer', 'rejected'],
    ['Withdraw', 'operator', 'withdrawn'],
  ] as const) {
    it(`is ${status} for good`, async () => {
      const proposal = await policies.propose('operator', put(AUDIT));
      const decided = await policies.decide(by, verb, proposal);
      expect(decided).to.include({ status });
      expect(decided.decided).to.include({ org: by === 'operator' ? 'OperatorMSP' : 'ManufacturerMSP' });
      expect((await ids()).includes('operators-read-audit')).to.equal(status === 'applied');
      for (const again of ['Approve', 'Reject']) {
        expect(await policies.refusal('auditor', again, proposal.id)).to.equal('TRANSITION_ILLEGAL');
      }
      expect(await policies.refusal('operator', 'Withdraw', proposal.id)).to.equal('TRANSITION_ILLEGAL');
    });
  }

  it('that was applied at once needs nobody to approve it', async () => {
    const proposal = await policies.propose('operator', put(STOP));
    expect(await policies.refusal('auditor', 'Approve', proposal.id)).to.equal('TRANSITION_ILLEGAL');
  });

  it('that is rejected or withdrawn tells nobody, and changes nothing', async () => {
    const before = await policies.rules();
    for (const [verb, by] of [
      ['Reject', 'auditor'],
      ['Withdraw', 'operator'],
    ] as const) {
      const { id } = await policies.propose('operator', put(AUDIT));
      expect((await policies.call(by, verb, id)).event).to.equal(undefined);
    }
    expect(await policies.rules()).to.deep.equal(before);
  });

  it('cannot take away a rule that is not there', async () => {
    expect(await policies.refusedProposal('operator', remove('nobody-knows-it'))).to.equal('NOT_FOUND');
  });

  it('says of an unknown proposal that it is unknown, and of an impossible id that it is none', async () => {
    for (const verb of ['Approve', 'Reject', 'Withdraw', 'GetProposal']) {
      expect(await policies.refusal('auditor', verb, 'ab'.repeat(32)), verb).to.equal('NOT_FOUND');
      for (const id of ['', 'ab', 'AB'.repeat(32), `${'ab'.repeat(31)}/.`, `${'ab'.repeat(32)}\u0000`])
        expect(await policies.refusal('auditor', verb, id), verb).to.equal('INVALID_ARGUMENT');
    }
  });

  it('needs a reason', async () => {
    for (const reason of ['', '  ', 'x'.repeat(501)]) {
      const code = await policies.refusal('operator', 'Propose', JSON.stringify(put(STOP)), reason, '');
      expect(code).to.equal('INVALID_ARGUMENT');
    }
  });

  it('is listed, every one once, whatever the size of the page', async () => {
    const made = [];
    for (let count = 0; count < 5; count += 1)
      made.push(await policies.propose('operator', put(rule(`r-${count}`))));
    const expected = made.map(({ id }) => id).sort();
    for (const size of [1, 2, 5, 6]) {
      const seen: string[] = [];
      let bookmark = '';
      do {
        const page = proposalPageSchema.parse(
          await policies.evaluate('ListProposals', String(size), bookmark),
        );
        seen.push(...page.proposals.map(({ id }) => id));
        ({ bookmark } = page);
      } while (bookmark !== '');
      expect(seen).to.deep.equal(expected);
    }
    for (const [size, bookmark] of [
      ['0', ''],
      ['1001', ''],
      ['1', 'a'],
      ['1', '\u0000proposal\u0000'],
    ] as const) {
      expect(await policies.refusal('auditor', 'ListProposals', size, bookmark)).to.equal('INVALID_ARGUMENT');
    }
  });

  it('takes a hundred rules at once', async () => {
    const rules = Array.from({ length: 100 }, (_, index) =>
      deny(`d-${index}`, { what: { devices: [`press-${index}`] } }),
    );
    await policies.agree(put(...rules));
    expect(await policies.rules()).to.deep.include.members(rules);
    await policies.agree(remove(...rules.map(({ id }) => id)));
    expect(await ids()).to.not.include('d-0');
  });

  for (const [what, id] of Object.entries(HOSTILE_NAMES)) {
    it(`knows no rule, device or member whose name has ${what}`, async () => {
      const before = await policies.rules();
      for (const change of [
        put({ ...STOP, id }),
        { put: [], remove: [id] },
        put({ ...STOP, what: { devices: [id] } }),
        put({ ...STOP, who: { members: [`${id}@operator`] } }),
      ]) {
        expect(await policies.refusedProposal('operator', change)).to.equal('INVALID_ARGUMENT');
      }
      expect(await policies.rules()).to.deep.equal(before);
    });
  }
});

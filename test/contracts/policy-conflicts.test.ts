import { expect } from 'chai';

import { DEFAULT_RULES } from '../../chaincode/protocol/policy/default-rules.ts';
import { enrol, enrolRole } from './harness/members.ts';
import { deny, Policies, put, remove, rule } from './harness/policies.ts';

const AUDIT = rule('shared', { who: { roles: ['operator'] }, actions: ['audit:read'] });
const OTHER = rule('shared', { who: { roles: ['gateway'] }, actions: ['audit:read'] });

describe('two administrators who change the policy at once', () => {
  let policies: Policies;

  beforeEach(async () => {
    policies = await Policies.begin();
  });

  const shared = async (): Promise<unknown> => (await policies.rules()).find(({ id }) => id === 'shared');

  for (const [first, second] of [
    [AUDIT, OTHER],
    [OTHER, AUDIT],
  ] as const) {
    it(`of whom ${first.who.roles?.join()}'s is approved first, make one change: the other has to look again`, async () => {
      const one = await policies.propose('operator', put(AUDIT));
      const other = await policies.propose('manufacturer', put(OTHER));
      const [early, late] = first === AUDIT ? [one, other] : [other, one];
      await policies.decide('auditor', 'Approve', early);
      expect(await policies.refusal('auditor', 'Approve', late.id)).to.equal('POLICY_CONFLICT');
      expect(await shared()).to.deep.equal(first);
      // It can still be ended, and proposed anew on what is there now.
      await policies.decide('auditor', 'Reject', late);
      await policies.agree(put(second));
      expect(await shared()).to.deep.equal(second);
    });
  }

  it('on the same state, make one valid transaction: the second is void at commit', async () => {
    const one = await policies.propose('operator', put(AUDIT));
    const other = await policies.propose('manufacturer', put(OTHER));
    const calls = [
      await policies.prepare('auditor', 'Approve', other.id),
      await policies.prepare('auditor', 'Approve', one.id),
    ];
    expect(await policies.simultaneously(...calls)).to.deep.equal([true, false]);
    expect(await shared()).to.deep.equal(OTHER);
    expect(await policies.refusal('auditor', 'Approve', one.id)).to.equal('POLICY_CONFLICT');
  });

  it('decide a proposal once, when one approves and another rejects', async () => {
    const { id } = await policies.propose('operator', put(AUDIT));
    const calls = [
      await policies.prepare('auditor', 'Reject', id),
      await policies.prepare('manufacturer', 'Approve', id),
    ];
    expect(await policies.simultaneously(...calls)).to.deep.equal([true, false]);
    expect(await shared()).to.equal(undefined);
  });

  it('make one change even when they touch different rules of one action', async () => {
    const calls = [
      await policies.prepare('operator', 'Propose', JSON.stringify(put(deny('a'))), 'why', ''),
      await policies.prepare('auditor', 'Propose', JSON.stringify(put(deny('b'))), 'why', ''),
    ];
    expect(await policies.simultaneously(...calls)).to.deep.equal([true, false]);
    expect((await policies.rules()).map(({ id }) => id))
      .to.include('a')
      .and.not.include('b');
  });

  it('do not hinder each other where they touch different actions', async () => {
    const revoking = deny('b', { actions: ['device:revoke'] });
    const calls = [
      await policies.prepare('operator', 'Propose', JSON.stringify(put(deny('a'))), 'why', ''),
      await policies.prepare('auditor', 'Propose', JSON.stringify(put(revoking)), 'why', ''),
    ];
    expect(await policies.simultaneously(...calls)).to.deep.equal([true, true]);
    expect(await policies.rules()).to.deep.include.members([deny('a'), revoking]);
  });

  it('conflict when a rule was removed, or removed and written again as it was', async () => {
    await policies.agree(put(AUDIT));
    const proposal = await policies.propose('operator', put({ ...AUDIT, description: 'better' }));
    await policies.propose('operator', remove('shared'));
    expect(await policies.refusal('auditor', 'Approve', proposal.id)).to.equal('POLICY_CONFLICT');
    await policies.agree(put(AUDIT));
    expect(await policies.refusal('auditor', 'Approve', proposal.id)).to.equal('POLICY_CONFLICT');
  });

  it('do not conflict over rules that the change does not touch', async () => {
    const proposal = await policies.propose('operator', put(AUDIT));
    await policies.agree(put(deny('elsewhere', { actions: ['audit:read'], who: { roles: ['guard'] } })));
    expect(await policies.decide('auditor', 'Approve', proposal)).to.include({ status: 'applied' });
  });
});

describe('a change of who decides on policies', () => {
  let policies: Policies;
  const DECIDE = DEFAULT_RULES.find(({ id }) => id === 'admin-decides-on-policies')!;

  beforeEach(async () => {
    policies = await Policies.begin();
  });

  it('waits for another organisation, even when it only takes rights away', async () => {
    const stop = deny('stop', { actions: ['policy:approve'], who: { members: ['nobody@auditor'] } });
    expect(await policies.propose('operator', put(stop))).to.include({ status: 'proposed' });
    const wide = deny('wide', { actions: ['device:read', 'policy:propose'], who: { roles: ['guard'] } });
    expect(await policies.propose('operator', put(wide))).to.include({ status: 'proposed' });
  });

  for (const [what, change] of Object.entries({
    'without anybody who may propose': put({ ...DECIDE, actions: ['policy:approve'] }),
    'without its author': put({
      ...DECIDE,
      who: { roles: ['admin'], organisations: ['AuditorMSP', 'ManufacturerMSP'] },
    }),
    'that is denied to its author': put(
      deny('no', { actions: ['policy:propose'], who: { members: ['admin@operator'] } }),
    ),
    'that holds in business hours only': put({ ...DECIDE, when: { daily: { from: '00:00', to: '23:59' } } }),
    'that is over some day': put({ ...DECIDE, when: { until: '2099-01-01T00:00:00Z' } }),
    'that holds from one network only': put({ ...DECIDE, when: { networks: ['10.0.0.0/8'] } }),
    'that is gone': remove(DECIDE.id),
  })) {
    it(`cannot be proposed when it leaves one ${what}`, async () => {
      expect(await policies.refusedProposal('operator', change)).to.equal('POLICY_LOCKOUT');
    });
  }

  it('cannot be approved by whom it leaves without approving', async () => {
    const who = { roles: ['admin' as const], organisations: ['OperatorMSP', 'AuditorMSP'] };
    const proposal = await policies.propose('operator', put({ ...DECIDE, who }));
    expect(await policies.refusal('manufacturer', 'Approve', proposal.id)).to.equal('POLICY_LOCKOUT');
    expect(await policies.decide('auditor', 'Approve', proposal)).to.include({ status: 'applied' });
    expect(await policies.refusedProposal('manufacturer', put(deny('a')))).to.equal('FORBIDDEN');
  });

  it('never comes to rules that one organisation alone could decide by, bit by bit', async () => {
    // Each leaves the operator one rule to propose by; both together would leave it none.
    await policies.agree(put({ ...DECIDE, id: 'second' }));
    const without = (id: string): typeof DECIDE => ({
      ...DECIDE,
      id,
      who: { organisations: ['AuditorMSP'] },
    });
    const one = await policies.propose('operator', put(without('second')));
    const other = await policies.propose('operator', put(without(DECIDE.id)));
    await policies.decide('auditor', 'Approve', one);
    expect(await policies.refusal('auditor', 'Approve', other.id)).to.equal('POLICY_LOCKOUT');
  });

  it('can hand proposing to some and approving to others', async () => {
    const split = {
      put: [
        {
          ...DECIDE,
          actions: ['policy:propose' as const],
          who: { organisations: ['OperatorMSP'], roles: ['admin' as const] },
        },
        {
          ...DECIDE,
          id: 'approve',
          actions: ['policy:approve' as const],
          who: { organisations: ['AuditorMSP'], roles: ['admin' as const] },
        },
      ],
      remove: [],
    };
    await policies.agree(split);
    expect(await policies.refusedProposal('auditor', put(deny('a')))).to.equal('FORBIDDEN');
    // Neither may do what the other does, and that keeps them from nothing else.
    await policies.agree(put(rule('reads-audit', { actions: ['audit:read'] })));
    await policies.agree(put(deny('a')));
    await policies.agree({ put: [DECIDE], remove: ['approve'] });
    await policies.propose('auditor', put(deny('b')));
  });

  it('may ask for attributes that both of those who decide on it have', async () => {
    const board = { ...DECIDE, who: { roles: ['admin' as const], attributes: { 'biot.board': 'yes' } } };
    const change = JSON.stringify(put(board));
    const members = ['operator', 'auditor'].map((organisation) =>
      enrol({
        mspId: `${organisation[0]!.toUpperCase()}${organisation.slice(1)}MSP`,
        commonName: `chair@${organisation}`,
        attributes: { 'biot.role': 'admin', 'biot.tenants': '*', 'biot.board': 'yes' },
      }),
    );
    const [author, approver] = [await members[0]!, await members[1]!];
    expect(await policies.refusedProposal('operator', put(board))).to.equal('POLICY_LOCKOUT');
    const { transaction } = await policies.channel.submit(
      author,
      'PolicyContract:Propose',
      change,
      'why',
      '',
    );
    expect(await policies.refusal('auditor', 'Approve', transaction)).to.equal('POLICY_LOCKOUT');
    await policies.channel.submit(approver, 'PolicyContract:Approve', transaction);
    expect(await policies.refusedProposal('operator', put(deny('a')))).to.equal('FORBIDDEN');
    await policies.channel.submit(
      author,
      'PolicyContract:Propose',
      JSON.stringify(put(deny('a'))),
      'why',
      '',
    );
  });

  it('is open to the roles that it is given to, and to no other', async () => {
    await policies.agree(
      put({ ...DECIDE, id: 'auditors-approve', actions: ['policy:approve'], who: { roles: ['auditor'] } }),
    );
    const { id } = await policies.propose('operator', put(rule('more')));
    const auditor = await enrolRole('manufacturer', 'auditor');
    await policies.channel.submit(auditor, 'PolicyContract:Approve', id);
    const change = JSON.stringify(put(deny('a')));
    expect(await policies.refusalTo(auditor, 'PolicyContract:Propose', change, 'why', '')).to.equal(
      'FORBIDDEN',
    );
  });
});

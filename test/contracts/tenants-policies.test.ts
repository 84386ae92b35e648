import { expect } from 'chai';

import { proposalPageSchema, proposalSchema } from '../../chaincode/protocol/policy/proposal.ts';
import { decisionSchema } from '../../chaincode/protocol/policy/request.ts';
import { ruleSchema } from '../../chaincode/protocol/policy/rule.ts';
import { TestChannel } from './harness/channel.ts';
import { type Credentials, enrol, enrolRole } from './harness/members.ts';
import { deny, put, remove, rule } from './harness/policies.ts';
import { adminFor } from './harness/tenants.ts';

describe('members of some tenants, on policies', () => {
  let channel: TestChannel;
  let acme: Credentials;
  let beta: Credentials;
  let whole: Credentials;
  let second: Credentials;

  beforeEach(async () => {
    channel = await TestChannel.begin('registry');
    [acme, beta] = [await adminFor('acme'), await adminFor('beta')];
    whole = await enrolRole('manufacturer', 'admin');
    second = await enrolRole('operator', 'admin');
  });

  const ofTenants = (id: string, ...tenants: string[]) => rule(id, { what: { tenants } });

  async function propose(by: Credentials, change: object): Promise<string> {
    const args = [JSON.stringify(change), 'because', ''];
    return proposalSchema.parse((await channel.submit(by, 'PolicyContract:Propose', ...args)).result).id;
  }

  async function refusedProposal(
    by: Credentials,
    change: object,
  ): Promise<{ code: string; message: string }> {
    const refused = await channel.refusal(
      by,
      'PolicyContract:Propose',
      JSON.stringify(change),
      'because',
      '',
    );
    return { code: refused.code, message: refused.message };
  }

  async function agree(change: object): Promise<string> {
    const id = await propose(whole, change);
    await channel.submit(second, 'PolicyContract:Approve', id);
    return id;
  }

  async function ids(by: Credentials): Promise<string[]> {
    const rules = ruleSchema.array().parse(await channel.evaluate(by, 'PolicyContract:List'));
    return rules.map(({ id }) => id).filter((id) => id.startsWith('t-'));
  }

  async function proposals(by: Credentials): Promise<string[]> {
    const found: string[] = [];
    let bookmark = '';
    do {
      const page = proposalPageSchema.parse(
        await channel.evaluate(by, 'PolicyContract:ListProposals', '1', bookmark),
      );
      found.push(...page.proposals.map(({ id }) => id));
      ({ bookmark } = page);
    } while (bookmark !== '');
    return found.sort();
  }

  it('see the consortium’s rules and their own tenants’', async () => {
    await agree(
      put(
        rule('t-all'),
        ofTenants('t-acme', 'acme'),
        ofTenants('t-beta', 'beta'),
        ofTenants('t-both', 'acme', 'beta'),
      ),
    );
    expect(await ids(acme)).to.deep.equal(['t-acme', 't-all']);
    expect(await ids(beta)).to.deep.equal(['t-all', 't-beta']);
    expect(await ids(await adminFor('acme,beta'))).to.deep.equal(['t-acme', 't-all', 't-beta', 't-both']);
    expect(await ids(await adminFor(undefined))).to.deep.equal(['t-all']);
    expect(await ids(whole)).to.deep.equal(['t-acme', 't-all', 't-beta', 't-both']);
  });

  it('see the proposals that name no other tenant, also of rules that are to go', async () => {
    await agree(put(ofTenants('t-beta', 'beta'), deny('t-no-beta', { what: { tenants: ['beta'] } })));
    const own = await propose(acme, put(ofTenants('t-acme', 'acme')));
    const everybodys = await propose(whole, put(rule('t-all')));
    const hidden = await propose(whole, remove('t-no-beta'));
    const mixed = await propose(whole, put(rule('t-more'), ofTenants('t-beta', 'beta')));
    expect(await proposals(acme)).to.deep.equal([own, everybodys].sort());
    expect(await proposals(beta))
      .to.include.members([everybodys, hidden, mixed])
      .and.not.include(own);
    for (const id of [hidden, mixed, 'f'.repeat(64)]) {
      for (const name of ['GetProposal', 'Withdraw', 'Approve', 'Reject']) {
        const { code, message } = await channel.refusal(acme, `PolicyContract:${name}`, id);
        expect([code, message]).to.deep.equal(['NOT_FOUND', `the ledger has no proposal ${id}`]);
      }
    }
  });

  it('propose and approve rules of their own tenants, which others of the tenant then go by', async () => {
    const operators = rule('t-acme', {
      who: { roles: ['operator'] },
      actions: ['device:suspend'],
      what: { tenants: ['acme'] },
    });
    const id = await propose(acme, put(operators));
    await channel.submit(await adminFor('acme', 'operator'), 'PolicyContract:Approve', id);
    const ask = async (tenant: string): Promise<boolean> => {
      const subject = { org: 'OperatorMSP', name: 'o@operator', role: 'operator', tenants: '*' };
      const args = [JSON.stringify(subject), 'device:suspend', JSON.stringify({ tenant })];
      return decisionSchema.parse(await channel.evaluate(whole, 'PolicyContract:Authorize', ...args)).allowed;
    };
    expect([await ask('acme'), await ask('beta')]).to.deep.equal([true, false]);
  });

  it('have no say in the consortium’s rules, nor in another tenant’s', async () => {
    await agree(put(rule('t-all'), ofTenants('t-both', 'acme', 'beta'), ofTenants('t-beta', 'beta')));
    const forbidden = {
      'a rule for all': put(rule('t-mine')),
      'a rule that denies all': put(deny('t-mine')),
      'a rule for another tenant, too': put(ofTenants('t-mine', 'acme', 'beta')),
      'one of several': put(ofTenants('t-mine', 'acme'), rule('t-other')),
      'the text of a rule for all': put(ofTenants('t-all', 'acme')),
      'the text of a default rule': put(ofTenants('people-and-gateway-read-fleet', 'acme')),
      'the text of another tenant’s rule': put(ofTenants('t-beta', 'acme')),
      'removing a rule for all': remove('t-all'),
    };
    for (const [what, change] of Object.entries(forbidden))
      expect((await refusedProposal(acme, change)).code, what).to.equal('FORBIDDEN');
    for (const id of ['t-beta', 't-both', 't-none'])
      expect(await refusedProposal(acme, remove(id))).to.deep.equal({
        code: 'NOT_FOUND',
        message: `there is no rule ${id} to remove`,
      });
    const id = await propose(second, put(rule('t-more')));
    for (const name of ['Approve', 'Reject'])
      expect((await channel.refusal(acme, `PolicyContract:${name}`, id)).code).to.equal('FORBIDDEN');
    const own = await propose(whole, put(rule('t-again')));
    expect((await channel.refusal(acme, 'PolicyContract:Withdraw', own)).code).to.equal('FORBIDDEN');
  });

  it('gain no rights over policies by rules of their own tenants', async () => {
    const id = await propose(
      acme,
      put(rule('t-mine', { actions: ['policy:propose', 'policy:approve'], what: { tenants: ['acme'] } })),
    );
    await channel.submit(await adminFor('acme', 'operator'), 'PolicyContract:Approve', id);
    const attributes = { 'biot.role': 'operator', 'biot.tenants': 'acme' };
    const operator = await enrol({ mspId: 'OperatorMSP', commonName: 'hand@operator', attributes });
    expect((await refusedProposal(operator, put(ofTenants('t-more', 'acme')))).code).to.equal('FORBIDDEN');
  });
});

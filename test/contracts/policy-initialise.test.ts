import { expect } from 'chai';

import { DEFAULT_RULES } from '../../chaincode/protocol/policy/default-rules.ts';
import { policyEventSchema } from '../../chaincode/protocol/policy/proposal.ts';
import { byId, ruleSchema } from '../../chaincode/protocol/policy/rule.ts';
import { TestChannel } from './harness/channel.ts';
import { enrolRole } from './harness/members.ts';
import { deny, Policies, put } from './harness/policies.ts';
import { registration } from './harness/samples.ts';
import { putTypes } from './harness/types.ts';

const RULES = ruleSchema.array();
const DEFAULTS = [...DEFAULT_RULES].sort(byId);

describe('PolicyContract:Initialise', () => {
  it('writes the rules to begin with, and tells the channel', async () => {
    const channel = new TestChannel('registry');
    const admin = await enrolRole('operator', 'admin');
    const { result, event } = await channel.submit(admin, 'PolicyContract:Initialise');
    expect(RULES.parse(result)).to.deep.equal(DEFAULTS);
    expect(event?.name).to.equal('policy');
    expect(policyEventSchema.parse(event?.payload)).to.deep.equal({ put: [...DEFAULT_RULES], remove: [] });
    expect(RULES.parse(await channel.evaluate(admin, 'PolicyContract:List'))).to.deep.equal(DEFAULTS);
  });

  it('changes nothing where there are rules, whoever calls and whatever they are', async () => {
    const policies = await Policies.begin();
    await policies.agree(put(deny('stop', { who: { roles: ['gateway'] } })));
    await policies.agree({ put: [], remove: ['ingest-reads-registry'] });
    const before = await policies.rules();
    for (const organisation of ['manufacturer', 'operator', 'auditor'] as const) {
      const { result, event, writes } = await policies.call(organisation, 'Initialise');
      expect({ result, event, writes }).to.deep.equal({ result: before, event: undefined, writes: [] });
    }
  });

  it('is valid once, when two administrators call it at the same time', async () => {
    const channel = new TestChannel('registry');
    const calls = [await enrolRole('operator', 'admin'), await enrolRole('auditor', 'admin')].map((admin) =>
      channel.prepare(admin, 'PolicyContract:Initialise'),
    );
    const endorsements = await Promise.all(calls.map((call) => channel.endorse(call)));
    expect(calls.map((call, index) => channel.commit(call, endorsements[index]!))).to.deep.equal([
      true,
      false,
    ]);
  });

  it('has to come first: without rules, an administrator may do nothing else', async () => {
    const channel = new TestChannel('registry');
    const admin = await enrolRole('operator', 'admin');
    const register = ['DeviceContract:Register', JSON.stringify([registration('a')])] as const;
    expect((await channel.refusal(admin, ...register)).code).to.equal('FORBIDDEN');
    const change = JSON.stringify(put(deny('a')));
    expect((await channel.refusal(admin, 'PolicyContract:Propose', change, 'why', '')).code).to.equal(
      'FORBIDDEN',
    );
    await channel.submit(admin, 'PolicyContract:Initialise');
    await putTypes(channel, 'thermometer');
    await channel.submit(admin, ...register);
  });

  it("is each channel's own", async () => {
    const [one, other] = [await Policies.begin(), await Policies.begin()];
    await one.agree({ put: [], remove: ['ingest-reads-registry'] });
    expect(await other.rules()).to.deep.equal(DEFAULTS);
    expect(await one.rules()).to.have.length(DEFAULTS.length - 1);
  });
});

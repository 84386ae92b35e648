import { expect } from 'chai';

import { differenceSchema } from '../../chaincode/protocol/policy/difference.ts';
import { explanationSchema } from '../../chaincode/protocol/policy/explain.ts';
import { type Decision, decisionSchema } from '../../chaincode/protocol/policy/request.ts';
import { TestChannel } from './harness/channel.ts';
import { type Credentials, enrol, enrolRole } from './harness/members.ts';
import { deny, put, remove, rule } from './harness/policies.ts';
import { registration } from './harness/samples.ts';
import { putTypes } from './harness/types.ts';

describe('what PolicyContract answers', () => {
  let admin: Credentials;
  let channel: TestChannel;

  before(async () => {
    admin = await enrolRole('manufacturer', 'admin');
    channel = await TestChannel.begin('registry');
    await putTypes(channel, 'thermometer');
    await channel.submit(admin, 'DeviceContract:Register', JSON.stringify([registration('press-07')]));
  });

  async function authorize(subject: object | '', action: string, resource: object): Promise<Decision> {
    const subjectJson = subject === '' ? '' : JSON.stringify(subject);
    const answer = await channel.evaluate(
      admin,
      'PolicyContract:Authorize',
      subjectJson,
      action,
      JSON.stringify(resource),
    );
    return decisionSchema.parse(answer);
  }

  const stranger = { org: 'OperatorMSP', name: 'admin@operator', role: 'admin', tenants: '*' };

  it('judges the caller when no subject is named', async () => {
    expect(await authorize('', 'device:suspend', { device: 'press-07' })).to.deep.equal({
      allowed: true,
      rule: 'admin-manages-own-devices',
      reason: 'rule admin-manages-own-devices allows it',
    });
  });

  it('judges the subject that is named, and says why not', async () => {
    const decision = await authorize(stranger, 'device:suspend', { device: 'press-07' });
    expect(decision).to.include({ allowed: false, rule: null });
    expect(decision.reason).to.contain('OperatorMSP');
  });

  it('takes the owner of a device from the ledger, whatever the asker says', async () => {
    const resource = { device: 'press-07', org: 'OperatorMSP' };
    expect((await authorize(stranger, 'device:suspend', resource)).allowed).to.equal(false);
  });

  it('takes the word of the asker about what has no record', async () => {
    expect((await authorize(stranger, 'device:register', { org: 'OperatorMSP' })).allowed).to.equal(true);
  });

  it('allows nothing on a device that the ledger does not know', async () => {
    const decision = await authorize('', 'device:read', { device: 'nobody' });
    expect(decision).to.deep.equal({
      allowed: false,
      rule: null,
      reason: 'the ledger knows no device nobody',
    });
  });

  for (const [what, args] of Object.entries({
    'an unknown action': ['', 'device:explode', '{}'],
    'an unknown role': [JSON.stringify({ ...stranger, role: 'root' }), 'device:read', '{}'],
    'a subject that is not JSON': ['{', 'device:read', '{}'],
    'a resource that is not JSON': ['', 'device:read', ''],
    'a device id that cannot be': ['', 'device:read', '{"device":"a/b"}'],
    'an empty device id': ['', 'device:read', '{"device":""}'],
    'a field of its own': ['', 'device:read', '{"owner":"me"}'],
  })) {
    it(`refuses ${what}`, async () => {
      const { code } = await channel.refusal(admin, 'PolicyContract:Authorize', ...args);
      expect(code).to.equal('INVALID_ARGUMENT');
    });
  }

  it('asks the certificate for what the rules of the action in question want, whoever asks', async () => {
    const own = await TestChannel.begin('registry');
    const only = rule('berlin-reads-audit', {
      actions: ['audit:read'],
      who: { attributes: { 'biot.site': 'berlin' } },
    });
    const operator = await enrolRole('operator', 'admin');
    const { transaction } = await own.submit(
      operator,
      'PolicyContract:Propose',
      JSON.stringify(put(only)),
      'because',
      '',
    );
    await own.submit(admin, 'PolicyContract:Approve', transaction);
    const ask = async (site: string): Promise<Decision> => {
      const attributes = { 'biot.role': 'operator', 'biot.site': site };
      const caller = await enrol({ mspId: 'OperatorMSP', commonName: `in-${site}@operator`, attributes });
      return decisionSchema.parse(
        await own.evaluate(caller, 'PolicyContract:Authorize', '', 'audit:read', '{}'),
      );
    };
    expect(await ask('berlin')).to.include({ allowed: true, rule: 'berlin-reads-audit' });
    expect(await ask('lyon')).to.include({ allowed: false, rule: null });
  });

  it('explains a refusal by the rules that came nearest', async () => {
    const args = [JSON.stringify(stranger), 'device:suspend', '{"device":"press-07"}'];
    const answer = explanationSchema.parse(await channel.evaluate(admin, 'PolicyContract:Explain', ...args));
    expect(answer).to.deep.include({ allowed: false, rule: null, rules: 1 });
    expect(answer.considered).to.deep.equal([
      {
        ...{ rule: 'admin-manages-own-devices', effect: 'allow', matches: false },
        obstacles: ['applies to what OperatorMSP owns only'],
      },
    ]);
  });

  it('explains nothing about a device that the ledger does not know', async () => {
    const args = ['', 'device:read', '{"device":"nobody"}'];
    expect((await channel.refusal(admin, 'PolicyContract:Explain', ...args)).code).to.equal('DEVICE_UNKNOWN');
  });

  it('tells in a dry run whom a change would concern, and changes nothing', async () => {
    const reads = (role: string): object => ({
      subject: { org: 'OperatorMSP', name: `${role}@operator`, role, tenants: '*', attributes: {} },
      action: 'device:read',
      resource: { device: 'press-07' },
    });
    const dryRun = async (change: object, ...questions: object[]): Promise<unknown[]> => {
      const args = [change, questions].map((value) => JSON.stringify(value));
      return differenceSchema.array().parse(await channel.evaluate(admin, 'PolicyContract:DryRun', ...args));
    };
    const questions = ['operator', 'ingest'].map(reads);
    const stop = deny('stop', { actions: ['device:read'], who: { roles: ['ingest'] } });
    expect(await dryRun(put(stop), ...questions)).to.deep.equal([
      {
        ...reads('ingest'),
        before: {
          allowed: true,
          rule: 'ingest-reads-registry',
          reason: 'rule ingest-reads-registry allows it',
        },
        after: { allowed: false, rule: 'stop', reason: 'rule stop denies it' },
      },
    ]);
    const [from, late] = ['2100-01-01T00:00:00Z', Date.parse('2100-01-01T00:00:00Z')];
    const later = put({ ...stop, when: { from } });
    expect(await dryRun(later, ...questions)).to.deep.equal([]);
    const asked = { ...reads('ingest'), instant: late };
    const [difference, ...others] = await dryRun(later, { ...asked, instant: late - 1 }, asked, ...questions);
    expect(difference).to.deep.include(asked);
    expect(others).to.deep.equal([]);
    expect(await dryRun(remove('people-and-gateway-read-fleet'), ...questions)).to.have.length(1);
    expect(await dryRun(remove('admin-and-auditor-read-audit'), ...questions)).to.deep.equal([]);
  });

  it('takes from 1 to 5,000 questions in a dry run', async () => {
    const change = JSON.stringify(remove('guard-reads-registry'));
    const question = { subject: stranger, action: 'device:read', resource: {} };
    for (const count of [0, 5_001]) {
      const questions = JSON.stringify(Array.from({ length: count }, () => question));
      const { code } = await channel.refusal(admin, 'PolicyContract:DryRun', change, questions);
      expect(code).to.equal('INVALID_ARGUMENT');
    }
  });
});

import { expect } from 'chai';

import { type Decision, decisionSchema } from '../../chaincode/protocol/policy.ts';
import { TestChannel } from './harness/channel.ts';
import { type Credentials, enrolRole } from './harness/members.ts';
import { registration } from './harness/samples.ts';

describe('PolicyContract', () => {
  let admin: Credentials;
  let channel: TestChannel;

  before(async () => {
    admin = await enrolRole('manufacturer', 'admin');
    channel = new TestChannel('registry');
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

  const stranger = { org: 'OperatorMSP', name: 'admin@operator', role: 'admin' };

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
});

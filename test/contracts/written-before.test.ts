import { expect } from 'chai';

import { deviceSchema } from '../../chaincode/protocol/device.ts';
import { typeSchema } from '../../chaincode/protocol/device-type.ts';
import { claimPageSchema } from '../../chaincode/protocol/onboarding/claim.ts';
import { proposalPageSchema } from '../../chaincode/protocol/policy/proposal.ts';
import { TestChannel } from './harness/channel.ts';
import { type Credentials, enrolRole } from './harness/members.ts';
import { claimDraft, newCode } from './harness/onboarding.ts';
import { put, rule } from './harness/policies.ts';
import { newPublicKey, registration } from './harness/samples.ts';
import { putTypes, typeDefinition } from './harness/types.ts';

const LINE = 'one line';
/** What every text could be before it had to be a line. */
const BEFORE = 'two\nlines \u001b[2J\u202e';
const CODE = newCode();
const TAGS = { place: LINE };

/** A channel on which every text that people wrote is as it could be before. */
describe('what was written before texts had to be lines', () => {
  let channel: TestChannel;
  let admin: Credentials;
  let other: Credentials;

  const submit = async (by: Credentials, name: string, ...args: string[]) =>
    (await channel.submit(by, name, ...args)).result;
  const read = (name: string, ...args: string[]) => channel.evaluate(other, name, ...args);

  beforeEach(async () => {
    channel = await TestChannel.begin('registry');
    [admin, other] = [await enrolRole('manufacturer', 'admin'), await enrolRole('operator', 'admin')];
    await putTypes(channel, 'press', 'thermometer');
    const type = JSON.stringify(typeDefinition('scale', { description: LINE }));
    await submit(admin, 'TypeContract:Put', type);
    const device = JSON.stringify([registration('press-07', { tags: TAGS })]);
    await submit(admin, 'DeviceContract:Register', device);
    await submit(admin, 'ClaimContract:Create', claimDraft(CODE, { id: 'press-08', tags: TAGS }));
    for (const id of ['stays', 'waits'])
      await submit(
        admin,
        'PolicyContract:Propose',
        JSON.stringify(
          put(
            rule(id, {
              description: LINE,
              effect: id === 'waits' ? 'allow' : 'deny',
              actions: ['audit:read'],
            }),
          ),
        ),
        LINE,
        '',
      );
    rewrite();
  });

  function rewrite(): void {
    const { state } = channel;
    const writes = new Map<string, Uint8Array>();
    for (const key of state.keys('', '\u{10ffff}')) {
      const text = Buffer.from(state.get(key)!).toString();
      if (text.includes(LINE))
        writes.set(key, Buffer.from(text.replaceAll(`"${LINE}"`, JSON.stringify(BEFORE))));
    }
    state.commit({ reads: new Map(), writes }, { transaction: 'ab'.repeat(32), timestamp: new Date() });
  }

  it('is read, in lists and one by one', async () => {
    const device = deviceSchema.parse(await read('DeviceContract:Get', 'press-07'));
    expect(device.tags).to.deep.equal({ place: BEFORE });
    expect(await read('DeviceContract:List', '10', '')).to.deep.equal({ devices: [device], bookmark: '' });
    expect(await read('DeviceContract:History', 'press-07')).to.have.lengthOf(2);
    const types = typeSchema.array().parse(await read('TypeContract:List'));
    expect(types.map(({ description }) => description)).to.include(BEFORE);
    const { claims } = claimPageSchema.parse(await read('ClaimContract:List', '10', ''));
    expect(claims.map((claim) => claim.device.tags)).to.deep.equal([{ place: BEFORE }]);
    expect(JSON.stringify(await read('PolicyContract:List'))).to.include(JSON.stringify(BEFORE));
    const { proposals } = proposalPageSchema.parse(await read('PolicyContract:ListProposals', '10', ''));
    expect(proposals.map(({ reason }) => reason)).to.deep.equal([BEFORE, BEFORE]);
  });

  it('goes on: judged by, changed, redeemed, approved', async () => {
    const activated = await submit(admin, 'DeviceContract:Activate', 'press-07', 'ready');
    expect(deviceSchema.parse(activated).tags).to.deep.equal({ place: BEFORE });
    const gateway = await enrolRole('operator', 'gateway');
    const redeeming = channel.prepare(gateway, 'ClaimContract:Redeem', newPublicKey());
    await channel.submitCall({ ...redeeming, transient: { code: CODE.text } });
    const page = proposalPageSchema.parse(await read('PolicyContract:ListProposals', '10', ''));
    const open = page.proposals.find(({ status }) => status === 'proposed');
    await submit(other, 'PolicyContract:Approve', open!.id);
    const asked = await read('PolicyContract:Authorize', '', 'audit:read', '{}');
    expect(asked).to.include({ allowed: false, rule: 'stays' });
  });

  it('comes in no more', async () => {
    const tags = { place: BEFORE };
    for (const [name, ...args] of [
      ['DeviceContract:Register', JSON.stringify([registration('press-09', { tags })])],
      ['DeviceContract:Label', 'press-07', JSON.stringify({ groups: [], tags })],
      ['DeviceContract:Activate', 'press-07', BEFORE],
      ['TypeContract:Put', JSON.stringify(typeDefinition('scale', { description: BEFORE }))],
      ['ClaimContract:Create', claimDraft(newCode(), { id: 'press-09', tags })],
      ['PolicyContract:Propose', JSON.stringify(put(rule('new', { description: BEFORE }))), 'because', ''],
      ['PolicyContract:Propose', JSON.stringify(put(rule('new'))), BEFORE, ''],
    ] as const) {
      const { code } = await channel.refusal(admin, name, ...args);
      expect(code, name).to.equal('INVALID_ARGUMENT');
    }
  });
});

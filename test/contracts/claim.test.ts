import { expect } from 'chai';

import { deviceSchema } from '../../chaincode/protocol/device.ts';
import { claimPageSchema } from '../../chaincode/protocol/onboarding/claim.ts';
import { accepted } from './harness/channel.ts';
import { enrolRole } from './harness/members.ts';
import { claimDraft, newCode, Onboarding, SOON } from './harness/onboarding.ts';
import { newPublicKey, registration } from './harness/samples.ts';

describe('ClaimContract', () => {
  let onboarding: Onboarding;

  beforeEach(async () => {
    onboarding = await Onboarding.begin();
  });

  const create = (draft: string) => onboarding.refusal('manufacturer', 'ClaimContract:Create', draft);

  it('makes the device that was promised, active, the claim’s organisation’s, and says by which claim', async () => {
    const code = newCode();
    const claim = await onboarding.claim(code, { groups: ['hall-7', 'hall-1'], tags: { place: 'Hall 7' } });
    expect(claim).to.include({ id: code.id, org: 'ManufacturerMSP', state: 'open', ended: null });
    const redeemed = await onboarding.redeem(code.text);
    expect(redeemed.device).to.deep.include({
      id: 'press-07',
      tenant: 'acme',
      type: 'press',
      org: 'ManufacturerMSP',
      status: 'active',
      epoch: 1,
      groups: ['hall-1', 'hall-7'],
      tags: { place: 'Hall 7' },
      reason: `claim ${code.id}`,
      by: 'gateway@operator',
    });
    expect(redeemed.claim).to.include({ state: 'redeemed', keyFingerprint: redeemed.device.keyFingerprint });
    expect(redeemed.claim.ended?.name).to.equal('gateway@operator');
    const admin = await enrolRole('manufacturer', 'admin');
    expect(await onboarding.channel.evaluate(admin, 'DeviceContract:Get', 'press-07')).to.deep.equal(
      redeemed.device,
    );
    expect(await onboarding.channel.evaluate(admin, 'ClaimContract:Get', code.id)).to.deep.equal(
      redeemed.claim,
    );
  });

  it('tells the channel of the device, and nowhere writes the code', async () => {
    const code = newCode();
    await onboarding.claim(code);
    const call = onboarding.redeeming(code.text);
    const endorsement = await onboarding.channel.endorse(call);
    const written = [...endorsement.simulation.writes.values()].map((value) =>
      Buffer.from(value ?? []).toString(),
    );
    for (const text of [...written, ...call.args, endorsement.result, endorsement.event?.payload ?? '']) {
      expect(text).not.to.contain(code.text);
    }
    expect(endorsement.event?.name).to.equal('devices');
  });

  it('takes a code as people type it', async () => {
    const code = newCode();
    await onboarding.claim(code);
    await onboarding.redeem(
      code.text.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'O').replaceAll('1', 'I'),
    );
  });

  it('takes a code once, with whichever key it comes', async () => {
    const code = newCode();
    const publicKey = newPublicKey();
    await onboarding.claim(code);
    await onboarding.redeem(code.text, publicKey);
    expect(await onboarding.refusedRedeem(code.text)).to.equal('CODE_REDEEMED');
    expect(await onboarding.refusedRedeem(code.text, publicKey)).to.equal('CODE_REDEEMED');
    expect(await onboarding.refusal('manufacturer', 'ClaimContract:Withdraw', code.id, 'late')).to.equal(
      'CODE_REDEEMED',
    );
  });

  it('lets one of two win who redeem a code at the same time', async () => {
    const code = newCode();
    await onboarding.claim(code);
    const calls = [onboarding.redeeming(code.text), onboarding.redeeming(code.text)];
    const endorsements = await Promise.all(calls.map((call) => onboarding.channel.endorse(call)));
    const outcomes = calls.map((call, index) =>
      onboarding.channel.commit(call, accepted(endorsements[index]!)),
    );
    expect(outcomes).to.deep.equal([true, false]);
  });

  it('refuses codes that nobody made, that are expired or withdrawn, each by its name', async () => {
    expect(await onboarding.refusedRedeem(newCode().text)).to.equal('NOT_FOUND');
    const short = newCode();
    await onboarding.claim(short, { id: 'a', expiresAt: '2026-01-01T00:00:07.000Z' });
    await onboarding.claim(newCode(), { id: 'b' });
    await onboarding.claim(newCode(), { id: 'c' });
    expect(await onboarding.refusedRedeem(short.text)).to.equal('CODE_EXPIRED');
    const taken = newCode();
    await onboarding.claim(taken, { id: 'd' });
    await onboarding.admin('manufacturer', 'ClaimContract:Withdraw', taken.id, 'label lost');
    expect(await onboarding.refusedRedeem(taken.text)).to.equal('CODE_WITHDRAWN');
    expect(await onboarding.refusal('manufacturer', 'ClaimContract:Withdraw', taken.id, 'again')).to.equal(
      'CODE_WITHDRAWN',
    );
  });

  it('refuses what is no code: nothing, a hash, a text that is no UTF-8', async () => {
    const code = newCode();
    await onboarding.claim(code);
    for (const wrong of ['', code.id, `${code.text}\u0000`, Uint8Array.of(0xff, 0xfe)]) {
      expect(await onboarding.refusedRedeem(wrong)).to.equal('INVALID_ARGUMENT');
    }
    const { code: missing } = await onboarding.channel.refusal(
      onboarding.gateway,
      'ClaimContract:Redeem',
      newPublicKey(),
    );
    expect(missing).to.equal('INVALID_ARGUMENT');
  });

  it('refuses keys that are none, and the code can still be used', async () => {
    const code = newCode();
    await onboarding.claim(code);
    for (const key of ['', 'MFkw', newPublicKey().replace('MFkw', 'MFkx')]) {
      expect(await onboarding.refusedRedeem(code.text, key)).to.equal('KEY_INVALID');
    }
    await onboarding.redeem(code.text);
  });

  it('does not replace a device that came meanwhile', async () => {
    const code = newCode();
    await onboarding.claim(code);
    await onboarding.admin(
      'manufacturer',
      'DeviceContract:Register',
      JSON.stringify([registration('press-07')]),
    );
    expect(await onboarding.refusedRedeem(code.text)).to.equal('DEVICE_EXISTS');
    expect(await create(claimDraft(newCode()))).to.equal('DEVICE_EXISTS');
  });

  it('is made for a type that the ledger knows', async () => {
    expect(await create(claimDraft(newCode(), { type: 'dragon' }))).to.equal('TYPE_UNKNOWN');
  });

  it('is made for the caller’s own organisation, and withdrawn by it alone', async () => {
    const code = newCode();
    await onboarding.claim(code);
    expect(await onboarding.refusal('operator', 'ClaimContract:Withdraw', code.id, 'mine')).to.equal(
      'FORBIDDEN',
    );
    expect(await onboarding.refusal('manufacturer', 'ClaimContract:Withdraw', code.id, ' ')).to.equal(
      'INVALID_ARGUMENT',
    );
    await onboarding.admin('manufacturer', 'ClaimContract:Withdraw', code.id, 'mine');
  });

  it('refuses drafts that do not fit', async () => {
    const code = newCode();
    for (const draft of [
      claimDraft(code, { id: 'press/07' }),
      claimDraft(code, { id: 'p\u0000' }),
      claimDraft(code, { id: 'press-０7' }),
      claimDraft(code, { publicKey: newPublicKey() }),
      claimDraft(code, { expiresAt: '2025-12-31T00:00:00.000Z' }),
      claimDraft(code, { expiresAt: '2027-01-01T00:00:00.000Z' }),
      claimDraft(code, { expiresAt: 'tomorrow' }),
      claimDraft({ id: code.text, text: '' }),
      JSON.stringify({ id: code.id, expiresAt: SOON }),
      '{',
    ]) {
      expect(await create(draft), draft).to.equal('INVALID_ARGUMENT');
    }
    await onboarding.claim(code);
    expect(await create(claimDraft(code, { id: 'other' }))).to.equal('INVALID_ARGUMENT');
  });

  it('lists claims in pages to those who may see them', async () => {
    const codes = [newCode(), newCode(), newCode()];
    for (const [index, code] of codes.entries()) await onboarding.claim(code, { id: `d${index}` });
    const ids = codes.map(({ id }) => id).sort();
    const list = async (role: 'admin' | 'operator', bookmark: string) =>
      claimPageSchema.parse(
        await onboarding.channel.evaluate(
          await enrolRole('auditor', role),
          'ClaimContract:List',
          '2',
          bookmark,
        ),
      );
    const first = await list('admin', '');
    const second = await list('admin', first.bookmark);
    expect([...first.claims, ...second.claims].map(({ id }) => id)).to.deep.equal(ids);
    expect(second.bookmark).to.equal('');
    expect((await list('operator', '')).claims).to.deep.equal([]);
  });

  it('gives the device to nobody else than its owner to manage', async () => {
    const code = newCode();
    await onboarding.claim(code);
    await onboarding.redeem(code.text);
    expect(await onboarding.refusal('operator', 'DeviceContract:Suspend', 'press-07', 'mine?')).to.equal(
      'FORBIDDEN',
    );
    const suspended = await onboarding.admin('manufacturer', 'DeviceContract:Suspend', 'press-07', 'look');
    expect(deviceSchema.parse(suspended).status).to.equal('suspended');
  });
});

import { expect } from 'chai';

import { type Device, deviceSchema } from '../../chaincode/protocol/device.ts';
import { enrolRole } from './harness/members.ts';
import { newCode, Onboarding, SOON } from './harness/onboarding.ts';
import { registration } from './harness/samples.ts';

describe('VoucherContract', () => {
  let onboarding: Onboarding;

  beforeEach(async () => {
    onboarding = await Onboarding.begin();
    const made = ['a', 'b', 'c'].map((id) =>
      registration(id, { groups: ['factory'], tags: { batch: '17' } }),
    );
    await onboarding.admin('manufacturer', 'DeviceContract:Register', JSON.stringify(made));
  });

  const device = async (id: string): Promise<Device> =>
    deviceSchema.parse(
      await onboarding.channel.evaluate(await enrolRole('auditor', 'auditor'), 'DeviceContract:Get', id),
    );
  const refusal = async (by: 'manufacturer' | 'operator' | 'auditor', code: string) =>
    onboarding.channel.refusalOf(await onboarding.accepting(by, code));
  const create = (fields: object) =>
    onboarding.refusal(
      'manufacturer',
      'VoucherContract:Create',
      JSON.stringify({ id: newCode().id, devices: ['a'], expiresAt: SOON, ...fields }),
    );

  it('makes the redeemer the owner, with its own tenant and groups, and keeps the keys', async () => {
    const code = newCode();
    const before = await device('a');
    const voucher = await onboarding.voucher(code, ['a', 'b']);
    expect(voucher.created).to.include({ name: 'admin@manufacturer', org: 'ManufacturerMSP' });
    const redeemed = await onboarding.accept('operator', code.text, {
      tenant: 'works',
      groups: ['z', 'hall-7'],
    });
    expect(redeemed.devices.map(({ id }) => id)).to.deep.equal(['a', 'b']);
    expect(await device('a')).to.deep.include({
      org: 'OperatorMSP',
      tenant: 'works',
      groups: ['hall-7', 'z'],
      tags: { batch: '17' },
      status: 'active',
      publicKey: before.publicKey,
      keyFingerprint: before.keyFingerprint,
      reason: `voucher ${code.id}`,
      by: 'admin@operator',
    });
    expect((await device('c')).org).to.equal('ManufacturerMSP');
    expect(redeemed.voucher.ended).to.include({ name: 'admin@operator', org: 'OperatorMSP' });
    expect(await onboarding.refusal('manufacturer', 'DeviceContract:Suspend', 'a', 'still mine?')).to.equal(
      'FORBIDDEN',
    );
  });

  it('hands over no two devices with one key, and none whose key another took', async () => {
    const { publicKey } = await device('a');
    const twin = JSON.stringify([registration('twin', { publicKey })]);
    await onboarding.admin('manufacturer', 'DeviceContract:Register', twin);
    const both = newCode();
    await onboarding.voucher(both, ['a', 'twin']);
    expect(await refusal('operator', both.text)).to.include({ code: 'KEY_TAKEN' });
    await onboarding.admin('manufacturer', 'DeviceContract:Activate', 'a', 'deployed');
    const one = newCode();
    await onboarding.voucher(one, ['twin']);
    expect(await refusal('operator', one.text)).to.include({ code: 'KEY_TAKEN' });
    expect((await device('twin')).org).to.equal('ManufacturerMSP');
  });

  it('is good once, and for another organisation only', async () => {
    const code = newCode();
    await onboarding.voucher(code, ['a']);
    expect((await refusal('manufacturer', code.text)).code).to.equal('FORBIDDEN');
    await onboarding.accept('operator', code.text);
    expect((await refusal('operator', code.text)).code).to.equal('CODE_REDEEMED');
    expect((await refusal('auditor', code.text)).code).to.equal('CODE_REDEEMED');
    expect((await device('a')).org).to.equal('OperatorMSP');
  });

  it('is, if it says so, for one organisation: to any other its code is worth nothing', async () => {
    const code = newCode();
    await onboarding.voucher(code, ['a'], { to: 'OperatorMSP' });
    expect((await refusal('auditor', code.text)).code).to.equal('FORBIDDEN');
    await onboarding.accept('operator', code.text);
    expect(await create({ devices: ['b'], to: 'ManufacturerMSP' })).to.equal('INVALID_ARGUMENT');
    expect(await create({ devices: ['b'], to: 'operator' })).to.equal('INVALID_ARGUMENT');
  });

  it('cannot be redeemed when it is unknown, withdrawn or expired', async () => {
    expect((await refusal('operator', newCode().text)).code).to.equal('NOT_FOUND');
    const withdrawn = newCode();
    await onboarding.voucher(withdrawn, ['a']);
    expect(await onboarding.refusal('operator', 'VoucherContract:Withdraw', withdrawn.id, 'no')).to.equal(
      'FORBIDDEN',
    );
    await onboarding.admin('manufacturer', 'VoucherContract:Withdraw', withdrawn.id, 'not paid');
    expect((await refusal('operator', withdrawn.text)).code).to.equal('CODE_WITHDRAWN');
    const short = newCode();
    await onboarding.voucher(short, ['a'], { expiresAt: '2026-01-01T00:00:12.000Z' });
    for (let calls = 0; calls < 12; calls += 1) onboarding.channel.prepare(onboarding.gateway, 'none');
    expect((await refusal('operator', short.text)).code).to.equal('CODE_EXPIRED');
  });

  it('names the devices that cannot be handed over any more, and hands over none', async () => {
    const code = newCode();
    await onboarding.admin(
      'manufacturer',
      'DeviceContract:Register',
      JSON.stringify(['d', 'e'].map((id) => registration(id))),
    );
    await onboarding.admin('manufacturer', 'DeviceContract:Activate', 'd', 'tried');
    await onboarding.voucher(code, ['a', 'b', 'c', 'd', 'e']);
    await onboarding.admin('manufacturer', 'DeviceContract:Revoke', 'a', 'broken');
    await onboarding.admin('manufacturer', 'DeviceContract:Transfer', 'b', 'AuditorMSP', 'sold');
    await onboarding.admin('auditor', 'DeviceContract:AcceptTransfer', 'b', 'bought');
    await onboarding.admin('manufacturer', 'DeviceContract:Transfer', 'c', 'AuditorMSP', 'for sale');
    await onboarding.admin('manufacturer', 'DeviceContract:Suspend', 'd', 'a look');
    const { code: refused, message } = await refusal('operator', code.text);
    expect(refused).to.equal('TRANSITION_ILLEGAL');
    expect(message).to.equal(
      "a is revoked, b is not ManufacturerMSP's, c is offered to AuditorMSP, d is suspended",
    );
    expect((await device('e')).org).to.equal('ManufacturerMSP');
  });

  it('names ten at most, and counts the others', async () => {
    const ids = Array.from({ length: 12 }, (_, index) => `x${index}`);
    await onboarding.admin(
      'manufacturer',
      'DeviceContract:Register',
      JSON.stringify(ids.map((id) => registration(id))),
    );
    const code = newCode();
    await onboarding.voucher(code, ids);
    for (const id of ids) await onboarding.admin('manufacturer', 'DeviceContract:Revoke', id, 'broken');
    expect((await refusal('operator', code.text)).message).to.match(/x9 is revoked and 2 more$/);
  });

  it('is made over one’s own devices only, each once, at most 500', async () => {
    await onboarding.admin('operator', 'DeviceContract:Register', JSON.stringify([registration('theirs')]));
    expect(await create({ devices: ['a', 'theirs'] })).to.equal('FORBIDDEN');
    expect(await create({ devices: ['a', 'nobody'] })).to.equal('DEVICE_UNKNOWN');
    expect(await create({ devices: ['a', 'a'] })).to.equal('INVALID_ARGUMENT');
    expect(await create({ devices: [] })).to.equal('INVALID_ARGUMENT');
    expect(await create({ devices: Array.from({ length: 501 }, (_, n) => `d${n}`) })).to.equal(
      'INVALID_ARGUMENT',
    );
    expect(await create({ expiresAt: '2029-01-01T00:00:00.000Z' })).to.equal('INVALID_ARGUMENT');
    await onboarding.admin('manufacturer', 'DeviceContract:Revoke', 'a', 'broken');
    expect(await create({})).to.equal('TRANSITION_ILLEGAL');
  });

  it('hands over 500 devices at once', async () => {
    const ids = Array.from({ length: 500 }, (_, index) => `m${index}`);
    await onboarding.admin(
      'manufacturer',
      'DeviceContract:Register',
      JSON.stringify(ids.map((id) => registration(id))),
    );
    const code = newCode();
    await onboarding.voucher(code, ids);
    expect((await onboarding.accept('operator', code.text)).devices).to.have.length(500);
  });
});

import { expect } from 'chai';

import { deviceChangeSchema, devicePageSchema, deviceSchema } from '../../chaincode/protocol/device.ts';
import { explanationSchema } from '../../chaincode/protocol/policy/explain.ts';
import { decisionSchema } from '../../chaincode/protocol/policy/request.ts';
import { TestChannel } from './harness/channel.ts';
import { type Credentials, enrol, enrolRole } from './harness/members.ts';
import { deny, put } from './harness/policies.ts';
import { newPublicKey, registration } from './harness/samples.ts';
import { adminFor } from './harness/tenants.ts';
import { putTypes, typeDefinition } from './harness/types.ts';

describe('members of some tenants, on devices', () => {
  let channel: TestChannel;
  let whole: Credentials;
  let acme: Credentials;
  let beta: Credentials;

  beforeEach(async () => {
    channel = await TestChannel.begin('registry');
    await putTypes(channel, 'thermometer');
    whole = await enrolRole('manufacturer', 'admin');
    [acme, beta] = [await adminFor('acme'), await adminFor('beta')];
    const devices = ['a', 'b', 'c', 'd', 'e', 'f'].map((id, index) =>
      registration(id, { tenant: index % 3 === 2 ? 'beta' : 'acme' }),
    );
    await channel.submit(whole, 'DeviceContract:Register', JSON.stringify(devices));
  });

  async function list(caller: Credentials, size: number): Promise<string[][]> {
    const pages: string[][] = [];
    let bookmark = '';
    do {
      const page = devicePageSchema.parse(
        await channel.evaluate(caller, 'DeviceContract:List', String(size), bookmark),
      );
      pages.push(page.devices.map(({ id }) => id));
      ({ bookmark } = page);
      // A bookmark names the device that comes next: it has to be one of theirs.
      if (bookmark !== '') deviceSchema.parse(await channel.evaluate(caller, 'DeviceContract:Get', bookmark));
    } while (bookmark !== '');
    return pages;
  }

  it('list their own alone, in full pages', async () => {
    expect(await list(acme, 3)).to.deep.equal([['a', 'b', 'd'], ['e']]);
    expect(await list(beta, 1)).to.deep.equal([['c'], ['f']]);
    for (const none of [undefined, '']) expect(await list(await adminFor(none), 10)).to.deep.equal([[]]);
    expect(await list(await adminFor('acme,beta'), 10)).to.deep.equal([['a', 'b', 'c', 'd', 'e', 'f']]);
    expect(await list(whole, 4)).to.deep.equal([
      ['a', 'b', 'c', 'd'],
      ['e', 'f'],
    ]);
  });

  const transactions: Readonly<Record<string, string[]>> = {
    Get: [],
    History: [],
    Activate: ['why'],
    Suspend: ['why'],
    Revoke: ['why'],
    RotateKey: [newPublicKey(), ''],
    Reprovision: [newPublicKey(), 'why'],
    Label: [JSON.stringify({ groups: [], tags: {} })],
    Transfer: ['OperatorMSP', 'why'],
    CancelTransfer: ['why'],
    AcceptTransfer: ['why'],
  };
  for (const [name, args] of Object.entries(transactions)) {
    it(`cannot tell with ${name} another tenant’s device from one that nobody registered`, async () => {
      const other = await channel.refusal(acme, `DeviceContract:${name}`, 'c', ...args);
      const none = await channel.refusal(acme, `DeviceContract:${name}`, 'x', ...args);
      expect([other.code, none.code]).to.deep.equal(['DEVICE_UNKNOWN', 'DEVICE_UNKNOWN']);
      expect(other.message.replace(' c', ' x')).to.equal(none.message);
    });
  }

  it('register devices in their tenants and in no other, be it one of many', async () => {
    const register = (...tenants: string[]): string =>
      JSON.stringify(tenants.map((tenant, index) => registration(`new-${index}`, { tenant })));
    const refused = await channel.refusal(acme, 'DeviceContract:Register', register('acme', 'beta'));
    expect(refused.code).to.equal('FORBIDDEN');
    expect(refused.message).to.contain('tenant').and.not.contain('beta');
    await channel.submit(acme, 'DeviceContract:Register', register('acme', 'acme'));
  });

  it('have no say in types, by which every tenant’s devices go', async () => {
    const type = JSON.stringify(typeDefinition('thermometer', { description: 'another' }));
    const refused = await channel.refusal(acme, 'TypeContract:Put', type);
    expect([refused.code, refused.message]).to.deep.equal([
      'FORBIDDEN',
      'it concerns all tenants, and the certificate names some',
    ]);
    expect(await channel.evaluate(acme, 'TypeContract:List')).to.have.length(1);
  });

  it('act on their own as the rules say', async () => {
    await channel.submit(acme, 'DeviceContract:Activate', 'a', 'ready');
    const { device } = deviceChangeSchema
      .array()
      .parse(await channel.evaluate(acme, 'DeviceContract:History', 'a'))[0]!;
    expect(device).to.include({ status: 'active', by: 'someone@manufacturer' });
  });
  it('do not hear what a device was while it was another tenant’s', async () => {
    const { result, writes } = await channel.submit(
      whole,
      'DeviceContract:Activate',
      'c',
      'a secret of beta',
    );
    const device = { ...deviceSchema.parse(result), tenant: 'acme', reason: 'sold' };
    const sold = new Map([[writes.at(-1)!, Buffer.from(JSON.stringify(device))]]);
    const made = { transaction: 'f'.repeat(64), timestamp: new Date() };
    channel.state.commit({ reads: new Map(), writes: sold }, made);
    expect(JSON.stringify(await channel.evaluate(acme, 'DeviceContract:History', 'c'))).to.not.contain(
      'secret',
    );
    expect((await channel.refusal(beta, 'DeviceContract:History', 'c')).code).to.equal('DEVICE_UNKNOWN');
  });

  it('may not ask what another may do on what is not theirs', async () => {
    const subject = JSON.stringify({ org: 'OperatorMSP', name: 'a@operator', role: 'admin', tenants: '*' });
    const ask = (name: string, resource: object, asked = subject): Promise<unknown> =>
      channel.evaluate(acme, `PolicyContract:${name}`, asked, 'device:read', JSON.stringify(resource));
    expect(decisionSchema.parse(await ask('Authorize', { device: 'c' })).reason).to.equal(
      'the ledger knows no device c',
    );
    const resource = JSON.stringify({ tenant: 'beta' });
    for (const name of ['Authorize', 'Explain']) {
      const refused = await channel.refusal(acme, `PolicyContract:${name}`, subject, 'device:read', resource);
      expect(refused.code).to.equal('FORBIDDEN');
    }
    const explained = explanationSchema.parse(await ask('Explain', { tenant: 'beta' }, ''));
    expect(explained).to.deep.include({ allowed: false, rule: null, considered: [], rules: 0 });
    const question = {
      subject: JSON.parse(subject) as object,
      action: 'device:read',
      resource: { tenant: 'beta' },
    };
    const args = [
      JSON.stringify(put(deny('stop', { what: { tenants: ['acme'] } }))),
      JSON.stringify([question]),
    ];
    expect((await channel.refusal(acme, 'PolicyContract:DryRun', ...args)).code).to.equal('FORBIDDEN');
    expect(
      (await channel.refusal(beta, 'PolicyContract:Explain', '', 'device:read', '{"device":"a"}')).code,
    ).to.equal('DEVICE_UNKNOWN');
  });
});

describe('a certificate’s tenants', () => {
  async function refusalOf(caller: Credentials): Promise<{ code: string; message: string }> {
    const channel = await TestChannel.begin('registry');
    const { code, message } = await channel.refusal(caller, 'DeviceContract:List', '10', '');
    return { code, message };
  }

  for (const written of [
    '**',
    ' *',
    '*,acme',
    'acme,',
    'acme, beta',
    '\u0430cme',
    'a'.repeat(1_000),
    'acme\u0000',
  ])
    it(`make a member of nobody that are written ${JSON.stringify(written.slice(0, 20))}`, async () => {
      expect(await refusalOf(await adminFor(written))).to.deep.equal({
        code: 'FORBIDDEN',
        message: 'the certificate of someone@manufacturer has a biot.tenants that is no list of tenants',
      });
    });

  it('do not help who is of another organisation than the name says', async () => {
    const attributes = { 'biot.role': 'admin', 'biot.tenants': '*' };
    const forged = await enrol({ mspId: 'OperatorMSP', commonName: 'admin@manufacturer', attributes });
    expect((await refusalOf(forged)).code).to.equal('FORBIDDEN');
  });

  it('are looked for under their own name alone', async () => {
    const attributes = { 'biot.role': 'admin', tenants: '*', 'biot.Tenants': '*', 'biot.tenant': '*' };
    const channel = await TestChannel.begin('registry');
    await putTypes(channel, 'thermometer');
    await channel.submit(
      await enrolRole('operator', 'admin'),
      'DeviceContract:Register',
      JSON.stringify([registration('a')]),
    );
    const nobody = await enrol({ mspId: 'OperatorMSP', commonName: 'someone@operator', attributes });
    expect(await channel.evaluate(nobody, 'DeviceContract:List', '10', '')).to.deep.equal({
      devices: [],
      bookmark: '',
    });
  });
});

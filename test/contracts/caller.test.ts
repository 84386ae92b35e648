import { expect } from 'chai';

import { TestChannel } from './harness/channel.ts';
import { enrol, type Enrolment } from './harness/members.ts';

const ADMIN: Enrolment = {
  mspId: 'OperatorMSP',
  commonName: 'admin@operator',
  attributes: { 'biot.role': 'admin' },
};

async function refusalFor(changes: Partial<Enrolment>): Promise<{ code: string; message: string }> {
  const caller = await enrol({ ...ADMIN, ...changes });
  const channel = await TestChannel.begin('registry');
  const { code, message } = await channel.refusal(caller, 'DeviceContract:List', '10', '');
  return { code, message };
}

describe('the caller, from its certificate', () => {
  it('is a member with name, organisation and role', async () => {
    const channel = await TestChannel.begin('registry');
    const page = await channel.evaluate(await enrol(ADMIN), 'DeviceContract:List', '10', '');
    expect(page).to.deep.equal({ devices: [], bookmark: '' });
  });

  it('is refused without attributes, as cryptogen makes its users', async () => {
    const caller = await enrol({ mspId: ADMIN.mspId, commonName: ADMIN.commonName });
    const channel = await TestChannel.begin('registry');
    const refused = await channel.refusal(caller, 'DeviceContract:List', '10', '');
    expect(refused.code).to.equal('FORBIDDEN');
    expect(refused.message).to.contain('biot.role');
  });

  for (const role of ['', 'root', 'Admin', 'admin ', 'admin,auditor', 'toString']) {
    it(`is refused with the role ${JSON.stringify(role)}`, async () => {
      const { code } = await refusalFor({ attributes: { 'biot.role': role } });
      expect(code).to.equal('FORBIDDEN');
    });
  }

  it('is refused with a role under another name', async () => {
    expect((await refusalFor({ attributes: { role: 'admin' } })).code).to.equal('FORBIDDEN');
  });

  for (const commonName of [
    'admin@manufacturer',
    'admin@operator2',
    'admin@auditor@operator',
    'Admin@operator',
    'admin',
    '@operator',
    'press-07',
    'x/CN=admin@operator',
  ]) {
    it(`is refused as ${commonName} of OperatorMSP`, async () => {
      expect((await refusalFor({ commonName })).code).to.equal('FORBIDDEN');
    });
  }

  it('is refused when its MSP id is none', async () => {
    const { code } = await refusalFor({ mspId: 'operator' });
    expect(code).to.equal('FORBIDDEN');
  });
});

import { expect } from 'chai';

import { deviceSchema } from '../../chaincode/protocol/device.ts';
import { DeviceRegistry } from './harness/device-registry.ts';
import { type Credentials, enrolRole } from './harness/members.ts';
import { registration } from './harness/samples.ts';

describe('a device that changes hands in DeviceContract', () => {
  let registry: DeviceRegistry;
  let operator: Credentials;
  let auditor: Credentials;

  before(async () => {
    operator = await enrolRole('operator', 'admin');
    auditor = await enrolRole('auditor', 'admin');
  });
  beforeEach(async () => {
    registry = await DeviceRegistry.open();
    await registry.register(registration('a'));
  });

  const offer = () => registry.submit('Transfer', 'a', 'OperatorMSP', 'sold');
  const refusalOf = async (member: Credentials, transaction: string, ...args: string[]): Promise<string> =>
    (await registry.channel.refusal(member, `DeviceContract:${transaction}`, ...args)).code;

  it('stays its owner’s until the other organisation has signed, too', async () => {
    const { result } = await offer();
    const offered = deviceSchema.parse(result);
    expect(offered.org).to.equal('ManufacturerMSP');
    expect(offered.transfer).to.include({ to: 'OperatorMSP', by: 'admin@manufacturer' });
    expect(await refusalOf(operator, 'Suspend', 'a', 'mine?')).to.equal('FORBIDDEN');

    const accepted = await registry.channel.submit(operator, 'DeviceContract:AcceptTransfer', 'a', 'bought');
    expect(deviceSchema.parse(accepted.result)).to.include({
      org: 'OperatorMSP',
      transfer: null,
      by: 'admin@operator',
      reason: 'bought',
    });
    expect(accepted.event?.payload).to.deep.equal({ devices: [accepted.result] });
  });

  it('is then the new owner’s to manage, and no longer the old one’s', async () => {
    await offer();
    await registry.channel.submit(operator, 'DeviceContract:AcceptTransfer', 'a', 'bought');
    expect(await registry.refusal('Activate', 'a', 'still mine?')).to.equal('FORBIDDEN');
    await registry.channel.submit(operator, 'DeviceContract:Activate', 'a', 'in use');
  });

  it('is offered to one organisation at a time', async () => {
    await offer();
    expect(await registry.refusal('Transfer', 'a', 'AuditorMSP', 'a better price')).to.equal(
      'TRANSITION_ILLEGAL',
    );
    await registry.submit('CancelTransfer', 'a', 'changed my mind');
    await registry.submit('Transfer', 'a', 'AuditorMSP', 'a better price');
  });

  it('is accepted by nobody but the organisation that it was offered to', async () => {
    expect(await refusalOf(operator, 'AcceptTransfer', 'a', 'give')).to.equal('TRANSITION_ILLEGAL');
    await offer();
    expect(await refusalOf(auditor, 'AcceptTransfer', 'a', 'give')).to.equal('FORBIDDEN');
    expect(await registry.refusal('AcceptTransfer', 'a', 'to myself')).to.equal('FORBIDDEN');
    expect(await refusalOf(await enrolRole('operator', 'operator'), 'AcceptTransfer', 'a', 'give')).to.equal(
      'FORBIDDEN',
    );
  });

  it('is offered by its owner alone, and not to itself', async () => {
    expect(await refusalOf(operator, 'Transfer', 'a', 'OperatorMSP', 'take')).to.equal('FORBIDDEN');
    expect(await registry.refusal('Transfer', 'a', 'ManufacturerMSP', 'to myself')).to.equal(
      'INVALID_ARGUMENT',
    );
    expect(await registry.refusal('Transfer', 'a', 'operator', 'no MSP id')).to.equal('INVALID_ARGUMENT');
  });

  it('is kept when the offer is taken back before it is accepted', async () => {
    expect(await registry.refusal('CancelTransfer', 'a', 'what?')).to.equal('TRANSITION_ILLEGAL');
    await offer();
    expect(await refusalOf(operator, 'CancelTransfer', 'a', 'no thanks')).to.equal('FORBIDDEN');
    await registry.submit('CancelTransfer', 'a', 'not sold');
    expect(await refusalOf(operator, 'AcceptTransfer', 'a', 'give')).to.equal('TRANSITION_ILLEGAL');
  });

  it('goes nowhere once it is revoked, whatever was on its way', async () => {
    await offer();
    await registry.submit('Revoke', 'a', 'stolen');
    expect((await registry.get('a')).transfer).to.equal(null);
    expect(await refusalOf(operator, 'AcceptTransfer', 'a', 'give')).to.equal('TRANSITION_ILLEGAL');
    expect(await registry.refusal('Transfer', 'a', 'OperatorMSP', 'scrap')).to.equal('TRANSITION_ILLEGAL');
  });
});

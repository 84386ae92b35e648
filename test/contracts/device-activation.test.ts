import { expect } from 'chai';
import { z } from 'zod';

import { deviceSchema, devicesEventSchema } from '../../chaincode/protocol/device.ts';
import { DeviceRegistry } from './harness/device-registry.ts';
import { enrolRole } from './harness/members.ts';
import { newPublicKey, registration } from './harness/samples.ts';

describe('DeviceContract:ActivateAll', () => {
  let registry: DeviceRegistry;

  beforeEach(async () => {
    registry = await DeviceRegistry.open();
    await registry.register(...['a1', 'a2', 'b1'].map((id) => registration(id)));
  });

  const refusal = (...ids: string[]) => registry.refusal('ActivateAll', JSON.stringify(ids), 'ready');
  const statuses = async () =>
    Promise.all(['a1', 'a2', 'b1'].map(async (id) => (await registry.get(id)).status));

  it('activates all, and tells the channel of all', async () => {
    const { result, event, transaction } = await registry.submit(
      'ActivateAll',
      JSON.stringify(['b1', 'a1', 'a2']),
      'ready',
    );
    const devices = z.array(deviceSchema).parse(result);
    expect(devices.map(({ id, status }) => `${id} ${status}`)).to.deep.equal([
      'b1 active',
      'a1 active',
      'a2 active',
    ]);
    for (const device of devices) expect(device).to.include({ reason: 'ready', transaction });
    expect(devicesEventSchema.parse(event?.payload).devices).to.deep.equal(devices);
    expect(await statuses()).to.deep.equal(['active', 'active', 'active']);
  });

  it('activates none when one cannot be', async () => {
    expect(await refusal('a1', 'nobody')).to.equal('DEVICE_UNKNOWN');
    await registry.submit('Activate', 'a2', 'ready');
    expect(await refusal('a1', 'a2')).to.equal('TRANSITION_ILLEGAL');
    await registry.submit('Revoke', 'a2', 'lost');
    expect(await refusal('a1', 'a2')).to.equal('TRANSITION_ILLEGAL');
    expect(await statuses()).to.deep.equal(['registered', 'revoked', 'registered']);
  });

  it('gives no key to two devices, in one transaction or after', async () => {
    const publicKey = newPublicKey();
    for (const id of ['twin', 'double']) await registry.register(registration(id, { publicKey }));
    expect(await refusal('twin', 'double')).to.equal('KEY_TAKEN');
    await registry.submit('ActivateAll', '["twin"]', 'ready');
    expect(await refusal('a1', 'double')).to.equal('KEY_TAKEN');
  });

  it('is refused for devices of another organisation, and for lists that are none', async () => {
    const operator = await enrolRole('operator', 'admin');
    const { code } = await registry.channel.refusal(
      operator,
      'DeviceContract:ActivateAll',
      '["a1"]',
      'ready',
    );
    expect(code).to.equal('FORBIDDEN');
    for (const ids of ['', '[]', '["a1","a1"]', '["A"]', '{"a1":1}', JSON.stringify(Array(501).fill('a1'))])
      expect(await registry.refusal('ActivateAll', ids, 'ready'), ids.slice(0, 20)).to.equal(
        'INVALID_ARGUMENT',
      );
    expect(await registry.refusal('ActivateAll', '["a1"]', ' ')).to.equal('INVALID_ARGUMENT');
  });
});

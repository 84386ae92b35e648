import { expect } from 'chai';

import { DeviceRegistry } from './harness/device-registry.ts';

describe('failures of DeviceContract', () => {
  let registry: DeviceRegistry;

  beforeEach(async () => {
    registry = await DeviceRegistry.open();
  });

  it('answers INTERNAL, and nothing of the state, when the state is damaged', async () => {
    registry.channel.state.commit(
      { reads: new Map(), writes: new Map([['\u0000device\u0000a\u0000', Buffer.from('secret')]]) },
      { transaction: 'x', timestamp: new Date() },
    );
    const refused = await registry.channel.refusal(registry.admin, 'DeviceContract:Get', 'a');
    expect(refused.code).to.equal('INTERNAL');
    expect(refused.message).to.not.contain('secret');
  });

  it('answers a coded refusal to a transaction that does not exist', async () => {
    const code = await registry.refusal('Delete', 'a');
    expect(code).to.equal('INVALID_ARGUMENT');
  });

  it('offers no method of its base class', async () => {
    for (const name of ['aroundTransaction', 'createContext', 'constructor', 'getName']) {
      const code = await registry.refusal(name);
      expect(code, name).to.equal('INVALID_ARGUMENT');
    }
  });
});

import { expect } from 'chai';
import { z } from 'zod';

import { deviceChangeSchema, devicePageSchema } from '../../chaincode/protocol/device.ts';
import { DeviceRegistry } from './harness/device-registry.ts';
import { registration } from './harness/samples.ts';

describe('reading from DeviceContract', () => {
  let registry: DeviceRegistry;

  beforeEach(async () => {
    registry = await DeviceRegistry.open();
  });

  it('Get tells an unknown device from an impossible id', async () => {
    expect(await registry.refusal('Get', 'nobody')).to.equal('DEVICE_UNKNOWN');
    expect(await registry.refusal('Get', '../etc')).to.equal('INVALID_ARGUMENT');
  });

  it('List gives every device once, in the order of lots, whatever the size of the page', async () => {
    const ids = ['a', 'a1', 'ab', 'a-1', 'a.1', 'b', 'b0', 'z', 'z9'];
    for (const id of ids.toReversed()) await registry.register(registration(id));
    for (const size of [1, 2, 4, 8, 9, 10]) {
      const seen: string[] = [];
      let bookmark = '';
      do {
        const answer = await registry.evaluate('List', String(size), bookmark);
        const page = devicePageSchema.parse(answer);
        expect(page.devices.length).to.be.within(1, size);
        seen.push(...page.devices.map(({ id }) => id));
        ({ bookmark } = page);
      } while (bookmark !== '');
      expect(seen, `pages of ${size}`).to.deep.equal(ids);
    }
  });

  it('List of an empty registry is one empty page', async () => {
    const page = await registry.evaluate('List', '10', '');
    expect(page).to.deep.equal({ devices: [], bookmark: '' });
  });

  it('List takes no page size or bookmark that it did not give', async () => {
    for (const size of ['0', '1001', '-1', '1.5', '1e2', '0x10', ' 5', '', 'NaN', '05']) {
      const code = await registry.refusal('List', size, '');
      expect(code, size).to.equal('INVALID_ARGUMENT');
    }
    for (const bookmark of ['\u0000device\u0000a\u0000', '\u0000', ' ', 'A']) {
      const code = await registry.refusal('List', '10', bookmark);
      expect(code, JSON.stringify(bookmark)).to.equal('INVALID_ARGUMENT');
    }
  });

  it('List shows devices and no other record of the channel', async () => {
    await registry.register(registration('a'));
    registry.channel.state.commit(
      {
        reads: new Map(),
        writes: new Map([
          ['\u0000devicf\u0000a\u0000', Buffer.from('{}')],
          ['\u0000devicd\u0000a\u0000', Buffer.from('{}')],
          ['plain', Buffer.from('{}')],
        ]),
      },
      { transaction: 'x', timestamp: new Date() },
    );
    const answer = await registry.evaluate('List', '10', '');
    expect(devicePageSchema.parse(answer).devices.map(({ id }) => id)).to.deep.equal(['a']);
  });

  it('History gives each change with its transaction, newest first', async () => {
    const transactions = [(await registry.register(registration('a'))).transaction];
    await registry.register(registration('a-other'));
    for (let round = 0; round < 51; round += 1) {
      for (const call of ['Activate', 'Suspend']) {
        const change = await registry.submit(call, 'a', `round ${round}`);
        transactions.push(change.transaction);
      }
    }
    const answer = await registry.evaluate('History', 'a');
    const changes = z.array(deviceChangeSchema).parse(answer);
    expect(changes.map(({ transaction }) => transaction)).to.deep.equal(transactions.toReversed());
    expect(changes.map(({ device }) => device.transaction)).to.deep.equal(transactions.toReversed());
    expect(changes[0]?.device).to.deep.equal(await registry.get('a'));
    expect(changes.at(-1)?.device.status).to.equal('registered');
    for (const { timestamp, device } of changes) expect(timestamp).to.equal(device.updatedAt);
  });

  it('History of an unknown device is refused', async () => {
    expect(await registry.refusal('History', 'a')).to.equal('DEVICE_UNKNOWN');
  });
});

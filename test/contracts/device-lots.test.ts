import { expect } from 'chai';
import fc from 'fast-check';
import { z } from 'zod';

import { byLot, lotOf } from '../../chaincode/protocol/device-lot.ts';
import { type Device, deviceChangeSchema, devicePageSchema } from '../../chaincode/protocol/device.ts';
import { DeviceRegistry } from './harness/device-registry.ts';
import { registration } from './harness/samples.ts';

/** Ids of few lots, so that they meet. */
const ids = fc.uniqueArray(fc.stringMatching(/^[ab][a-c]{0,3}$/), { minLength: 1, maxLength: 12 });

describe('devices that are registered together', () => {
  let registry: DeviceRegistry;

  beforeEach(async () => {
    registry = await DeviceRegistry.open();
  });

  const register = (...names: string[]) => registry.register(...names.map((id) => registration(id)));
  const refused = (...names: string[]) =>
    registry.refusal('Register', JSON.stringify(names.map((id) => registration(id))));

  async function listed(size: number): Promise<Device[]> {
    const devices: Device[] = [];
    let bookmark = '';
    do {
      const page = devicePageSchema.parse(await registry.evaluate('List', String(size), bookmark));
      expect(page.devices.length).to.be.within(1, size);
      devices.push(...page.devices);
      ({ bookmark } = page);
    } while (bookmark !== '');
    return devices;
  }

  async function history(id: string): Promise<[transaction: string, status: string][]> {
    const changes = z.array(deviceChangeSchema).parse(await registry.evaluate('History', id));
    return changes.map(({ transaction, device }) => {
      expect(device.id).to.equal(id);
      return [transaction, device.status];
    });
  }

  it('are a record for each lot, and one of its own for a device that comes alone', async () => {
    const { writes } = await register('press-10', 'press-20', 'press-11', 'press-9', 'press-12', 'press-21');
    expect(writes).to.have.members([
      '\u0000device\u0000press-1\u0000',
      '\u0000device\u0000press-2\u0000',
      '\u0000device\u0000press-\u0000press-9\u0000',
    ]);
  });

  it('are found one by one, each with what it was', async () => {
    const { transaction } = await register('press-10', 'press-11');
    expect((await registry.get('press-11')).id).to.equal('press-11');
    expect(await history('press-10')).to.deep.equal([[transaction, 'registered']]);
    expect(await registry.refusal('Get', 'press-12')).to.equal('DEVICE_UNKNOWN');
    expect(await registry.refusal('Get', 'press-1')).to.equal('DEVICE_UNKNOWN');
  });

  it('change one by one, and the others stay as they are', async () => {
    const registered = await register('press-10', 'press-11');
    const activated = await registry.submit('Activate', 'press-10', 'ready');
    const suspended = await registry.submit('Suspend', 'press-10', 'too hot');
    expect(activated.writes).to.include('\u0000device\u0000press-1\u0000press-10\u0000');
    expect(activated.writes).not.to.include('\u0000device\u0000press-1\u0000');
    expect((await registry.get('press-10')).status).to.equal('suspended');
    expect((await registry.get('press-11')).status).to.equal('registered');
    expect((await listed(10)).map(({ id, status }) => [id, status])).to.deep.equal([
      ['press-10', 'suspended'],
      ['press-11', 'registered'],
    ]);
    expect(await history('press-10')).to.deep.equal([
      [suspended.transaction, 'suspended'],
      [activated.transaction, 'active'],
      [registered.transaction, 'registered'],
    ]);
  });

  it('can be changed while another of the lot is', async () => {
    await register('press-10', 'press-11');
    const calls = ['press-10', 'press-11'].map((id) =>
      registry.channel.prepare(registry.admin, 'DeviceContract:Activate', id, 'ready'),
    );
    const endorsed = await Promise.all(calls.map((call) => registry.channel.endorse(call)));
    expect(calls.map((call, index) => registry.channel.commit(call, endorsed[index]!))).to.deep.equal([
      true,
      true,
    ]);
  });

  it('come beside those of their lot that are there', async () => {
    await register('press-10', 'press-11');
    const { writes } = await register('press-12', 'press-13');
    expect(writes).not.to.include('\u0000device\u0000press-1\u0000');
    await register('press-14');
    expect((await listed(2)).map(({ id }) => id.at(-1)).join('')).to.equal('01234');
  });

  it('are none when one of them is there, however it came', async () => {
    await register('press-10', 'press-11');
    await register('press-12');
    for (const id of ['press-10', 'press-12']) {
      expect(await refused('press-13', id)).to.equal('DEVICE_EXISTS');
      expect(await refused(id)).to.equal('DEVICE_EXISTS');
    }
    expect(await registry.refusal('Get', 'press-13')).to.equal('DEVICE_UNKNOWN');
  });

  for (const [what, other] of Object.entries({
    'the same lot': ['press-10', 'press-11'],
    'one of them': ['press-11'],
    'another of their lot': ['press-13'],
  })) {
    it(`are void when ${what} came meanwhile`, async () => {
      const calls = [['press-10', 'press-11'], other].map((names) =>
        registry.channel.prepare(
          registry.admin,
          'DeviceContract:Register',
          JSON.stringify(names.map((id) => registration(id))),
        ),
      );
      const [first, second] = await Promise.all(calls.map((call) => registry.channel.endorse(call)));
      expect(registry.channel.commit(calls[1]!, second!)).to.equal(true);
      expect(registry.channel.commit(calls[0]!, first!)).to.equal(false);
      expect((await listed(10)).map(({ id }) => id)).to.deep.equal(other);
    });
  }

  it('are listed once each, as they are, however they came, changed and are paged', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(ids, { minLength: 1, maxLength: 4 }), ids, async (groups, changed) => {
        registry = await DeviceRegistry.open();
        const there = new Map<string, string>();
        for (const group of groups) {
          const fresh = group.filter((id) => !there.has(id));
          if (fresh.length > 0) await register(...fresh);
          for (const id of fresh) there.set(id, 'registered');
        }
        for (const id of changed.filter((one) => there.has(one))) {
          await registry.submit('Revoke', id, 'lost');
          there.set(id, 'revoked');
        }
        const expected = [...there.keys()].sort(byLot).map((id) => `${id} ${there.get(id)}`);
        for (const size of [1, 3, 50])
          expect((await listed(size)).map(({ id, status }) => `${id} ${status}`)).to.deep.equal(expected);
      }),
      { numRuns: 15 },
    );
  });

  it('are listed whole where the contract has to ask the peer again in the midst of a lot', async () => {
    const names = Array.from({ length: 150 }, (_, index) => `d-${String(index).padStart(3, '0')}`);
    await register(...names);
    for (const id of names.filter((_, index) => index % 2 === 0)) await registry.submit('Revoke', id, 'lost');
    const devices = await listed(1000);
    expect(devices.map(({ id }) => id)).to.deep.equal(names);
    expect(new Set(devices.filter((_, index) => index % 2 === 0).map(({ status }) => status))).to.deep.equal(
      new Set(['revoked']),
    );
    expect(new Set(names.map(lotOf)).size).to.equal(15);
  });
});

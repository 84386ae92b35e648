import { createHash, createPublicKey } from 'node:crypto';

import { expect } from 'chai';

import { deviceSchema, MAX_RETIRED_KEYS } from '../../chaincode/protocol/device.ts';
import { DeviceRegistry } from './harness/device-registry.ts';
import { newPublicKey, registration } from './harness/samples.ts';

function fingerprint(pem: string): string {
  return createHash('sha256')
    .update(createPublicKey(pem).export({ type: 'spki', format: 'der' }))
    .digest('hex');
}

const DAY_MS = 86_400_000;

describe('the keys that a device has had, in DeviceContract', () => {
  let registry: DeviceRegistry;
  const [first, second, third] = [newPublicKey(), newPublicKey(), newPublicKey()];

  beforeEach(async () => {
    registry = await DeviceRegistry.open();
    await registry.register(registration('a', { publicKey: first }));
    await registry.submit('Activate', 'a', 'deployed');
  });

  const inDays = async (days: number): Promise<string> =>
    new Date(Date.parse((await registry.get('a')).updatedAt) + days * DAY_MS).toISOString();

  it('are retired at once when no overlap is asked for', async () => {
    await registry.submit('RotateKey', 'a', second, '');
    const device = await registry.get('a');
    expect(device).to.include({ publicKey: second, previousKey: null, epoch: 1 });
    expect(device.retiredKeys).to.deep.equal([fingerprint(first)]);
  });

  it('overlap until the instant that is stated', async () => {
    const until = await inDays(7);
    await registry.submit('RotateKey', 'a', second, until);
    const device = await registry.get('a');
    expect(device.previousKey).to.deep.equal({ publicKey: first, keyFingerprint: fingerprint(first), until });
    expect(device.retiredKeys).to.deep.equal([]);
  });

  it('are all retired but two when the key changes again while the last two overlap', async () => {
    await registry.submit('RotateKey', 'a', second, await inDays(7));
    await registry.submit('RotateKey', 'a', third, await inDays(7));
    const device = await registry.get('a');
    expect(device.previousKey?.publicKey).to.equal(second);
    expect(device.retiredKeys).to.deep.equal([fingerprint(first)]);
  });

  for (const [what, days] of Object.entries({ 'the past': -1, 'more than 30 days': 31 })) {
    it(`do not overlap into ${what}`, async () => {
      expect(await registry.refusal('RotateKey', 'a', second, await inDays(days))).to.equal(
        'INVALID_ARGUMENT',
      );
    });
  }

  it('do not overlap until what is no instant', async () => {
    for (const until of ['tomorrow', '2026-13-01T00:00:00Z', '1e3', ' ']) {
      expect(await registry.refusal('RotateKey', 'a', second, until)).to.equal('INVALID_ARGUMENT');
    }
  });

  it('never come back, by no way', async () => {
    await registry.submit('RotateKey', 'a', second, '');
    await registry.submit('RotateKey', 'a', third, await inDays(7));
    for (const key of [first, second, third]) {
      expect(await registry.refusal('RotateKey', 'a', key, '')).to.equal('KEY_INVALID');
      expect(await registry.refusal('Reprovision', 'a', key, 'again')).to.equal('KEY_INVALID');
    }
  });

  it('are none before it is active, so that it may be given any', async () => {
    await registry.register(registration('b', { publicKey: second }));
    expect(await registry.refusal('RotateKey', 'b', third, await inDays(7))).to.equal('INVALID_ARGUMENT');
    await registry.submit('RotateKey', 'b', third, '');
    await registry.submit('Reprovision', 'b', second, 'mistaken for another');
    await registry.submit('RotateKey', 'b', third, '');
    await registry.submit('Revoke', 'b', 'never delivered');
    expect(await registry.get('b')).to.deep.include({ publicKey: third, previousKey: null, retiredKeys: [] });
  });

  it('begin a new epoch when the device is provisioned anew, and none of the old works then', async () => {
    await registry.submit('RotateKey', 'a', second, await inDays(7));
    const { result } = await registry.submit('Reprovision', 'a', third, 'mainboard replaced');
    const device = deviceSchema.parse(result);
    expect(device).to.include({
      publicKey: third,
      previousKey: null,
      epoch: 2,
      reason: 'mainboard replaced',
    });
    expect(device.retiredKeys).to.deep.equal([fingerprint(first), fingerprint(second)]);
  });

  it('are bounded in number', async () => {
    for (let count = 0; count < MAX_RETIRED_KEYS; count += 1)
      await registry.submit('RotateKey', 'a', newPublicKey(), '');
    expect(await registry.refusal('RotateKey', 'a', newPublicKey(), '')).to.equal('KEY_INVALID');
    expect((await registry.get('a')).retiredKeys).to.have.length(MAX_RETIRED_KEYS);
  }).timeout(30_000);

  it('are the last ones for a device that is revoked', async () => {
    await registry.submit('RotateKey', 'a', second, await inDays(7));
    await registry.submit('Revoke', 'a', 'stolen');
    // Retired and not forgotten: the broker has to refuse certificates for each of them.
    expect(await registry.get('a')).to.deep.include({ previousKey: null, retiredKeys: [fingerprint(first)] });
    expect(await registry.refusal('RotateKey', 'a', third, '')).to.equal('TRANSITION_ILLEGAL');
    expect(await registry.refusal('Reprovision', 'a', third, 'found again')).to.equal('TRANSITION_ILLEGAL');
  });
});

describe('groups and tags of a device in DeviceContract', () => {
  let registry: DeviceRegistry;

  beforeEach(async () => {
    registry = await DeviceRegistry.open();
  });

  it('can be given at registration, and changed', async () => {
    await registry.register(registration('a', { groups: ['hall-7', 'a1'], tags: { place: 'Aisle 3' } }));
    expect((await registry.get('a')).groups).to.deep.equal(['a1', 'hall-7']);
    await registry.submit('Label', 'a', JSON.stringify({ groups: ['hall-8'], tags: {} }));
    expect(await registry.get('a')).to.deep.include({ groups: ['hall-8'], tags: {} });
  });

  for (const labels of [
    { groups: ['a', 'a'], tags: {} },
    { groups: ['Hall 7'], tags: {} },
    { groups: ['a\u0000'], tags: {} },
    { groups: Array.from({ length: 17 }, (_, index) => `g${index}`), tags: {} },
    { groups: [], tags: { Place: 'x' } },
    { groups: [], tags: { place: '' } },
    { groups: [], tags: { place: 'x'.repeat(101) } },
    { groups: [] },
    { groups: [], tags: {}, more: 1 },
  ]) {
    it(`are refused when they are ${JSON.stringify(labels).slice(0, 60)}`, async () => {
      await registry.register(registration('a'));
      expect(await registry.refusal('Label', 'a', JSON.stringify(labels))).to.equal('INVALID_ARGUMENT');
    });
  }
});

import { expect } from 'chai';

import { DEVICE_STATUSES, deviceSchema, type DeviceStatus } from '../../chaincode/protocol/device.ts';
import { DeviceRegistry } from './harness/device-registry.ts';
import { newPublicKey, registration } from './harness/samples.ts';

describe('the status of a device in DeviceContract', () => {
  let registry: DeviceRegistry;

  beforeEach(async () => {
    registry = await DeviceRegistry.open();
  });

  const CALLS: readonly [string, DeviceStatus][] = [
    ['Activate', 'active'],
    ['Suspend', 'suspended'],
    ['Revoke', 'revoked'],
  ];
  /** How a fresh device comes to each status. */
  const WAYS: Readonly<Record<DeviceStatus, readonly string[]>> = {
    registered: [],
    active: ['Activate'],
    suspended: ['Activate', 'Suspend'],
    revoked: ['Revoke'],
  };
  const LEGAL = [
    'registered->active',
    'registered->revoked',
    'active->suspended',
    'active->revoked',
    'suspended->active',
    'suspended->revoked',
  ];

  async function deviceIn(status: DeviceStatus): Promise<void> {
    await registry.register(registration('a'));
    for (const call of WAYS[status]) await registry.submit(call, 'a', 'on the way');
    expect((await registry.get('a')).status).to.equal(status);
  }

  for (const from of DEVICE_STATUSES) {
    for (const [call, to] of CALLS) {
      if (LEGAL.includes(`${from}->${to}`)) {
        it(`${call} brings a ${from} device to ${to}, and says who, why, when and where`, async () => {
          await deviceIn(from);
          const before = await registry.get('a');
          const change = await registry.submit(call, 'a', '  because  ');
          const after = deviceSchema.parse(change.result);
          expect(after).to.deep.equal({
            ...before,
            status: to,
            reason: 'because',
            by: 'admin@manufacturer',
            updatedAt: after.updatedAt,
            transaction: change.transaction,
          });
          expect(after.updatedAt > before.updatedAt).to.equal(true);
          expect(change.event).to.deep.equal({ name: 'devices', payload: { devices: [after] } });
          expect(await registry.get('a')).to.deep.equal(after);
        });
      } else {
        it(`${call} is refused for a ${from} device`, async () => {
          await deviceIn(from);
          const code = await registry.refusal(call, 'a', 'because');
          expect(code).to.equal('TRANSITION_ILLEGAL');
        });
      }
    }
  }

  it('never changes without a reason', async () => {
    await deviceIn('active');
    for (const reason of ['', '   ', 'x'.repeat(501)]) {
      const code = await registry.refusal('Revoke', 'a', reason);
      expect(code).to.equal('INVALID_ARGUMENT');
    }
  });

  it('of an unknown device cannot change', async () => {
    for (const [call] of CALLS) {
      const code = await registry.refusal(call, 'nobody', 'because');
      expect(code).to.equal('DEVICE_UNKNOWN');
    }
  });

  it('RotateKey changes the key and nothing else of a device that is not revoked', async () => {
    await deviceIn('suspended');
    const before = await registry.get('a');
    const publicKey = newPublicKey();
    const change = await registry.submit('RotateKey', 'a', publicKey, '');
    const after = deviceSchema.parse(change.result);
    expect(after.keyFingerprint).to.not.equal(before.keyFingerprint);
    expect(after).to.deep.equal({
      ...before,
      publicKey,
      keyFingerprint: after.keyFingerprint,
      retiredKeys: [before.keyFingerprint],
      reason: 'key rotated',
      updatedAt: after.updatedAt,
      transaction: change.transaction,
    });
    expect(change.event).to.deep.equal({ name: 'devices', payload: { devices: [after] } });
  });

  it('RotateKey is refused for a revoked device', async () => {
    await deviceIn('revoked');
    const code = await registry.refusal('RotateKey', 'a', newPublicKey(), '');
    expect(code).to.equal('TRANSITION_ILLEGAL');
  });
});

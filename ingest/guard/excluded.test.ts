import { expect } from 'chai';
import fc from 'fast-check';

import { DEVICE_STATUSES } from '../../chaincode/protocol/device.ts';
import { testDevice } from '../testing/devices.ts';
import { excludedKeys } from './excluded.ts';

const NOW = Date.UTC(2026, 0, 1);

function fingerprint(digit: number): string {
  return String(digit).repeat(64);
}

function keyBefore(
  digit: number,
  until: number,
): { publicKey: string; keyFingerprint: string; until: string } {
  const { publicKey } = testDevice('any');
  return { publicKey, keyFingerprint: fingerprint(digit), until: new Date(until).toISOString() };
}

describe('the keys that the broker refuses', () => {
  it('are those of suspended and revoked devices', () => {
    const devices = DEVICE_STATUSES.map((status, index) =>
      testDevice(status, { status, keyFingerprint: fingerprint(index) }),
    );
    expect([...excludedKeys(devices, NOW).keys.values()].flat()).to.have.members(['suspended', 'revoked']);
  });

  it('are those that were replaced, of active devices too, but not the one in use', () => {
    const device = testDevice('a', {
      keyFingerprint: fingerprint(3),
      retiredKeys: [fingerprint(1), fingerprint(2)],
    });
    expect([...excludedKeys([device], NOW).keys.keys()]).to.have.members([fingerprint(1), fingerprint(2)]);
  });

  it('are not those that still overlap, until the very instant at which that ends', () => {
    const until = NOW + 1000;
    const device = testDevice('a', { keyFingerprint: fingerprint(2), previousKey: keyBefore(1, until) });
    expect(excludedKeys([device], until - 1)).to.deep.equal({ keys: new Map(), nextChange: until });
    expect(excludedKeys([device], until)).to.deep.equal({
      keys: new Map([[fingerprint(1), ['a']]]),
      nextChange: undefined,
    });
  });

  it('are those that overlap as well, when the device is suspended', () => {
    const device = testDevice('a', {
      status: 'suspended',
      keyFingerprint: fingerprint(2),
      previousKey: keyBefore(1, NOW + 1000),
    });
    expect([...excludedKeys([device], NOW).keys.keys()]).to.have.members([fingerprint(1), fingerprint(2)]);
  });

  it('are not those that an active device uses, though another that names one is revoked', () => {
    const overlapping = keyBefore(1, NOW + 1000);
    const used = testDevice('a', { keyFingerprint: fingerprint(2), previousKey: overlapping });
    const revoked = [1, 2, 3].map((digit) =>
      testDevice(`r-${digit}`, { status: 'revoked', keyFingerprint: fingerprint(digit) }),
    );
    for (const devices of [
      [used, ...revoked],
      [...revoked, used],
    ])
      expect([...excludedKeys(devices, NOW).keys.keys()]).to.deep.equal([fingerprint(3)]);
  });

  it('change next when the first of all overlaps ends', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 1e9 }), { minLength: 1, maxLength: 20 }), (waits) => {
        const devices = waits.map((wait, index) =>
          testDevice(`d${index}`, { previousKey: keyBefore(1, NOW + wait) }),
        );
        expect(excludedKeys(devices, NOW).nextChange).to.equal(NOW + Math.min(...waits));
      }),
    );
  });
});

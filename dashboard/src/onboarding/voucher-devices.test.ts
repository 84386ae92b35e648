import { expect } from 'chai';

import { devicesPhrase, handable } from './voucher-devices.ts';

type Candidate = Parameters<typeof handable>[0][number];

const MINE: Candidate = { status: 'active', org: 'ManufacturerMSP', transfer: null };

describe('the devices of a voucher', () => {
  it('are their owner’s, in use or yet to be, and offered to nobody', () => {
    const offer = { to: 'AuditorMSP', by: 'admin@manufacturer', at: '2026-01-01T00:00:00Z' };
    const devices: Candidate[] = [
      MINE,
      { ...MINE, status: 'registered' },
      { ...MINE, status: 'suspended' },
      { ...MINE, status: 'revoked' },
      { ...MINE, org: 'OperatorMSP' },
      { ...MINE, transfer: offer },
    ];
    expect(handable(devices, 'ManufacturerMSP')).to.deep.equal(devices.slice(0, 2));
  });

  for (const [count, text] of [
    [1, 'd1'],
    [2, 'd1 and d2'],
    [3, 'd1, d2 and 1 more'],
    [500, 'd1, d2 and 498 more'],
  ] as const) {
    it(`are named in few words when there are ${count}`, () => {
      expect(devicesPhrase(Array.from({ length: count }, (_, index) => `d${index + 1}`))).to.equal(text);
    });
  }
});

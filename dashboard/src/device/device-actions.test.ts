import { expect } from 'chai';

import { deviceActions, offerChoice } from './device-actions.ts';

type Offered = Parameters<typeof deviceActions>[0];

const ALL: Offered['allowed'] = [
  'device:rotate-key',
  'device:reprovision',
  'device:label',
  'device:transfer',
  'device:accept',
];
const OFFER: Offered['transfer'] = { to: 'AuditorMSP', by: 'admin@operator', at: '2026-01-01T00:00:00Z' };

function keys(device: Offered): string[] {
  return deviceActions(device).map(({ key }) => key);
}

describe('what may be done with a device beside its status', () => {
  it('is everything for who may do everything, in any status but the last', () => {
    for (const status of ['registered', 'active', 'suspended'] as const) {
      expect(keys({ status, allowed: ALL, transfer: null })).to.deep.equal([
        'labels',
        'rotate',
        'reprovision',
        'offer',
      ]);
    }
    expect(keys({ status: 'revoked', allowed: ALL, transfer: null })).to.deep.equal([]);
  });

  it('is no more than the gateway says', () => {
    expect(keys({ status: 'active', allowed: [], transfer: null })).to.deep.equal([]);
    expect(keys({ status: 'active', allowed: ['device:label'], transfer: null })).to.deep.equal(['labels']);
  });

  it('is no second offer while there is one', () => {
    expect(keys({ status: 'active', allowed: ALL, transfer: OFFER })).to.not.include('offer');
  });
});

describe('what may be done about an offer', () => {
  const device: Offered = { status: 'active', allowed: ALL, transfer: OFFER };

  it('is to accept it only for whom it was made to, and to withdraw it for who may transfer', () => {
    expect(offerChoice(device, { org: 'AuditorMSP' })).to.deep.equal({ accept: true, withdraw: true });
    expect(offerChoice(device, { org: 'OperatorMSP' })).to.deep.equal({ accept: false, withdraw: true });
    const accepting: Offered = { ...device, allowed: ['device:accept'] };
    expect(offerChoice(accepting, { org: 'AuditorMSP' })).to.deep.equal({ accept: true, withdraw: false });
    expect(offerChoice(accepting, undefined)).to.deep.equal({ accept: false, withdraw: false });
  });

  it('is nothing without one', () => {
    const none = { accept: false, withdraw: false };
    expect(offerChoice({ ...device, transfer: null }, { org: 'AuditorMSP' })).to.deep.equal(none);
    expect(offerChoice({ ...device, status: 'revoked' }, { org: 'AuditorMSP' })).to.deep.equal(none);
  });
});

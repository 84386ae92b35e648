import { expect } from 'chai';

import type { Device, DeviceStatus, Member } from '../api/types.ts';
import { fieldErrors } from './field-errors.ts';
import { statusActions } from './status-actions.ts';

const admin: Member = { name: 'admin@operator', role: 'admin', org: 'OperatorMSP' };

function device(status: DeviceStatus, org = 'OperatorMSP'): Device {
  return {
    id: 'press-07',
    tenant: 'acme',
    type: 'press',
    org,
    publicKey: '',
    keyFingerprint: '',
    status,
    epoch: 1,
    registeredAt: '',
    updatedAt: '',
    reason: '',
    by: '',
    transaction: '',
  };
}

function offered(member: Member | undefined, target: Device): string[] {
  return statusActions(member, target).map(({ action }) => action);
}

describe('what may be done with a device', () => {
  for (const [status, actions] of [
    ['registered', ['activate', 'revoke']],
    ['active', ['suspend', 'revoke']],
    ['suspended', ['activate', 'revoke']],
    ['revoked', []],
  ] as const) {
    it(`by an admin of its organisation when it is ${status}: ${actions.join(', ') || 'nothing'}`, () => {
      expect(offered(admin, device(status))).to.deep.equal(actions);
    });
  }

  it('is nothing by an admin of another organisation, an operator, an auditor or nobody', () => {
    expect(offered(admin, device('active', 'ManufacturerMSP'))).to.deep.equal([]);
    expect(offered({ ...admin, role: 'operator' }, device('active'))).to.deep.equal([]);
    expect(offered({ ...admin, role: 'auditor' }, device('active'))).to.deep.equal([]);
    expect(offered(undefined, device('active'))).to.deep.equal([]);
  });

  it('asks for the id only where it cannot be taken back', () => {
    expect(statusActions(admin, device('active')).map(({ action, final }) => [action, final])).to.deep.equal([
      ['suspend', false],
      ['revoke', true],
    ]);
  });
});

describe('what is wrong with a form', () => {
  it('is the first thing of each field', () => {
    const issues = [
      { path: ['id'], message: 'is empty' },
      { path: ['id'], message: 'has a blank' },
      { path: ['type'], message: 'is too long' },
    ];
    expect(fieldErrors(issues)).to.deep.equal({ id: 'is empty', type: 'is too long' });
  });
});

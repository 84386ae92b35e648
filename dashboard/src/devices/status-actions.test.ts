import { expect } from 'chai';

import type { DeviceStatus } from '../api/types.ts';
import { fieldErrors } from '../api/field-errors.ts';
import { statusActions } from './status-actions.ts';

type Offered = Parameters<typeof statusActions>[0];

const ALL: Offered['allowed'] = ['device:activate', 'device:suspend', 'device:revoke'];

function offered(status: DeviceStatus, allowed: Offered['allowed']): string[] {
  return statusActions({ status, allowed }).map(({ action }) => action);
}

describe('what may be done with a device', () => {
  for (const [status, actions] of [
    ['registered', ['activate', 'revoke']],
    ['active', ['suspend', 'revoke']],
    ['suspended', ['activate', 'revoke']],
    ['revoked', []],
  ] as const) {
    it(`by who may do everything when it is ${status}: ${actions.join(', ') || 'nothing'}`, () => {
      expect(offered(status, ALL)).to.deep.equal(actions);
    });
  }

  it('is no more than the gateway says', () => {
    expect(offered('active', [])).to.deep.equal([]);
    expect(offered('active', ['device:suspend'])).to.deep.equal(['suspend']);
    expect(offered('suspended', ['device:suspend', 'device:rotate-key'])).to.deep.equal([]);
  });

  it('asks for the id only where it cannot be taken back', () => {
    const facts = statusActions({ status: 'active', allowed: ALL });
    expect(facts.map(({ action, final }) => [action, final])).to.deep.equal([
      ['suspend', false],
      ['revoke', true],
    ]);
  });
});

describe('what is wrong with a form', () => {
  it('is the first thing of each field, in a sentence', () => {
    const issues = [
      { path: ['id'], message: 'is empty' },
      { path: ['id'], message: 'has a blank' },
      { path: ['type'], message: 'is too long' },
    ];
    expect(fieldErrors(issues)).to.deep.equal({ id: 'Is empty.', type: 'Is too long.' });
  });
});

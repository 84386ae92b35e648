import { expect } from 'chai';

import { newCode } from '../../chaincode/protocol/onboarding/code.ts';

import { actionFrom, MOST_ARGUMENT_BYTES, signableOf } from './actions.ts';
import { SIGNABLE } from './signable.ts';

const revoke = SIGNABLE.find(({ name }) => name === 'device revoke');

describe('what can be signed', () => {
  it('has each name once', () => {
    const names = SIGNABLE.map(({ name }) => name);
    expect(new Set(names).size).to.equal(names.length);
  });

  it('becomes a transaction with the arguments in the contract’s order', () => {
    const action = actionFrom(revoke!, { reason: 'stolen', device: 'press-07' });
    expect(action).to.deep.equal({
      channel: 'registry',
      contract: 'DeviceContract',
      method: 'Revoke',
      arguments: ['press-07', 'stolen'],
    });
    expect(signableOf(action)).to.equal(revoke);
  });

  it('says which argument is not as it has to be', () => {
    expect(() => actionFrom(revoke!, { device: 'press-07' })).to.throw(
      'device revoke, the reason: a reason is needed',
    );
    expect(() => actionFrom(revoke!, { device: 'Press', reason: 'x' })).to.throw('the device’s id');
  });

  it('takes a code where the contract does, which is none of the arguments', () => {
    const redeem = SIGNABLE.find(({ name }) => name === 'voucher redeem');
    const { code } = newCode();
    const values = { acceptance: JSON.stringify({ tenant: 'works' }) };
    expect(actionFrom(redeem!, values, code)).to.deep.include({ arguments: [values.acceptance], code });
    expect(() => actionFrom(redeem!, values, 'AAAA')).to.throw('no code');
    const revoking = { device: 'press-07', reason: 'stolen' };
    expect(() => actionFrom(revoke!, revoking, code)).to.throw('device revoke takes no code');
  });

  it('is bounded', () => {
    const label = SIGNABLE.find(({ name }) => name === 'device label');
    const labels = JSON.stringify({ groups: [], tags: {} }) + ' '.repeat(MOST_ARGUMENT_BYTES);
    expect(() => actionFrom(label!, { device: 'press-07', labels })).to.throw('KiB');
  });
});

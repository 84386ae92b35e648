import { expect } from 'chai';

import { actionWords, askedOf, EVERYTHING, reasonOf } from './entry-words.ts';

describe('an entry of the audit trail in words', () => {
  it('says what was done', () => {
    expect(actionWords('suspendDevice')).to.equal('Suspend device');
    expect(actionWords('signIn')).to.equal('Sign in');
  });

  it('says why it was done, or why it was not', () => {
    expect(reasonOf({ details: { reason: 'smoke' } })).to.equal('smoke');
    expect(reasonOf({ details: { code: 'FORBIDDEN', message: 'no rule allows it' } })).to.equal(
      'FORBIDDEN: no rule allows it',
    );
    expect(reasonOf({ details: { code: 'VALUE_INVALID', example: 'NaN', number: 7 } })).to.equal(
      'VALUE_INVALID: NaN (7 times)',
    );
    expect(reasonOf({ details: { request: 'an id' } })).to.equal('');
  });

  it('asks for what was filled in alone', () => {
    expect(askedOf(EVERYTHING)).to.deep.equal({});
    expect(askedOf({ ...EVERYTHING, actor: ' admin@operator ', outcome: 'refused' })).to.deep.equal({
      actor: 'admin@operator',
      outcome: 'refused',
    });
  });
});

import { expect } from 'chai';

import { noEffectWords } from './no-effect-words.ts';

describe('what is said of a change that nobody was found for', () => {
  const asked = { members: 3, kinds: 0, cut: false };

  it('does not promise that nothing changes when nothing was asked', () => {
    expect(noEffectWords({ asked: { ...asked, questions: 0 } }))
      .to.match(/^Nothing was asked: your tenants have nothing/)
      .and.not.include('stays the same');
    expect(noEffectWords({ asked: { ...asked, questions: 12 } })).to.include('stays the same');
  });
});

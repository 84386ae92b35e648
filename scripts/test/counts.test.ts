import { expect } from 'chai';

import { countsOf } from './counts.ts';

describe('the counts of a test runner', () => {
  it('are taken as they are when it ended as they say', () => {
    expect(countsOf('{"passed":3,"failed":0,"pending":1}', 0)).to.deep.equal({ passed: 3, failed: 0 });
    expect(countsOf('{"passed":3,"failed":2}', 2)).to.deep.equal({ passed: 3, failed: 2 });
  });

  it('are a failure when it broke off, or tells nothing', () => {
    for (const [json, code] of [
      ['{"passed":3,"failed":0}', 1],
      ['{"passed":3}', 0],
      ['null', 0],
      ['[]', 0],
    ] as const)
      expect(countsOf(json, code), json).to.deep.equal({ passed: 0, failed: 1 });
  });
});

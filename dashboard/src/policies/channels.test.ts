import { expect } from 'chai';

import { channelFrom, isAskedOn } from './channels.ts';

describe('the channels that have rules', () => {
  it('are named by an address, and else the registry is meant', () => {
    expect(['anchors', 'registry', undefined, 'other', ['anchors']].map(channelFrom)).to.deep.equal([
      'anchors',
      'registry',
      'registry',
      'registry',
      'registry',
    ]);
  });

  it('have rules about what their contracts do', () => {
    expect(isAskedOn('anchors', 'anchor:append')).to.equal(true);
    expect(isAskedOn('anchors', 'device:revoke')).to.equal(false);
    expect(isAskedOn('registry', 'device:revoke')).to.equal(true);
    for (const channel of ['registry', 'anchors'] as const)
      expect(isAskedOn(channel, 'policy:approve')).to.equal(true);
  });
});

import { expect } from 'chai';

import { claimedDeviceOf, type ClaimDraft } from './claim-draft.ts';

const DRAFT: ClaimDraft = {
  id: ' press-07 ',
  tenant: 'acme',
  type: 'press',
  groups: 'hall-7, line-2',
  tags: [{ name: 'site', value: 'Ulm' }],
};

describe('the form for a claim', () => {
  it('makes the device that whoever has the code becomes', () => {
    expect(claimedDeviceOf(DRAFT)).to.deep.equal({
      device: {
        id: 'press-07',
        tenant: 'acme',
        type: 'press',
        groups: ['hall-7', 'line-2'],
        tags: { site: 'Ulm' },
      },
    });
  });

  it('says at each field what is wrong, all at once', () => {
    const made = claimedDeviceOf({
      ...DRAFT,
      id: 'Press 7',
      tenant: '',
      groups: 'Hall',
      tags: [{ name: 'site', value: '' }],
    });
    expect('errors' in made && Object.keys(made.errors)).to.have.members(['id', 'tenant', 'groups', 'tags']);
  });
});

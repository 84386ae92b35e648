import { expect } from 'chai';

import { channelOf, draftOfChannel, emptyChannel } from './channel-draft.ts';

describe('the form for a channel', () => {
  it('gives back what it was given', () => {
    const filter = { enabled: false, minimumSeverity: 'minor' as const };
    for (const definition of [
      {
        name: 'Pager',
        tenant: 'acme',
        rules: ['hot'],
        ...filter,
        destination: { kind: 'webhook' as const, url: 'https://example.com/a' },
      },
      {
        name: 'Mail',
        tenant: null,
        rules: null,
        ...filter,
        destination: { kind: 'email' as const, to: ['a@example.com', 'b@example.com'] },
      },
    ])
      expect(channelOf(draftOfChannel(definition))).to.deep.equal({ request: definition });
  });

  it('says which field is wrong', () => {
    const errors = (changes: object): string[] => {
      const made = channelOf({
        ...emptyChannel('acme'),
        name: 'Pager',
        url: 'https://example.com',
        ...changes,
      });
      return 'errors' in made ? Object.keys(made.errors) : [];
    };
    expect(errors({})).to.deep.equal([]);
    expect(errors({ name: ' ', url: 'nowhere' })).to.deep.equal(['name', 'url']);
    expect(errors({ url: 'https://user:secret@example.com' })).to.deep.equal(['url']);
    expect(errors({ kind: 'email', to: '' })).to.deep.equal(['to']);
    expect(errors({ kind: 'email', to: 'a@example.com; nobody' })).to.deep.equal(['to']);
    expect(errors({ tenant: 'No such', rules: 'Not An Id' })).to.have.members(['tenant', 'rules']);
  });
});

import { expect } from 'chai';

import { presenceDetail } from './presence-words.ts';

describe('words for presence', () => {
  it('say why a device is away, or until when it sleeps', () => {
    const format = (instant: number): string => `${instant} ms`;
    expect(presenceDetail({ reason: 'lost', wakesAt: null }, format)).to.equal('connection lost');
    expect(presenceDetail({ reason: null, wakesAt: 7 }, format)).to.equal('until 7 ms');
    expect(presenceDetail({ reason: null, wakesAt: null }, format)).to.equal('');
  });
});

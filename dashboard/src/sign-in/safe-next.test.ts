import { expect } from 'chai';

import { safeNext } from './safe-next.ts';

describe('where to go after signing in', () => {
  it('is the page that was asked for', () => {
    expect(safeNext('/devices/press-07?range=1h')).to.equal('/devices/press-07?range=1h');
  });

  for (const next of [
    undefined,
    '',
    'devices',
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    ['/a'],
    '/sign-in',
  ]) {
    it(`is the overview for ${JSON.stringify(next)}`, () => {
      expect(safeNext(next)).to.equal('/');
    });
  }
});

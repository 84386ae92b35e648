import { expect } from 'chai';

import { validityWords } from './validity.ts';

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 10, 22);

describe('a certificate’s validity', () => {
  for (const [what, from, until, text, tone] of [
    ['long', -DAY, 400 * DAY, 'for 400 d', 'plain'],
    ['very long', -DAY, 10 * 365 * DAY, 'for 10 years', 'plain'],
    ['short', -DAY, 29 * DAY, 'for 29 d', 'warn'],
    ['over', -DAY, 0, 'expired', 'danger'],
    ['not begun', 2 * DAY, 9 * DAY, 'not before 2 d from now', 'danger'],
  ] as const) {
    it(`that is ${what} reads "${text}"`, () => {
      expect(validityWords({ notBefore: NOW + from, notAfter: NOW + until }, NOW)).to.deep.equal({
        text,
        tone,
      });
    });
  }
});

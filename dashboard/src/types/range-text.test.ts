import { expect } from 'chai';

import { rangeText } from './range-text.ts';

describe('what a sensor of a type may send', () => {
  for (const [dataType, minimum, maximum, text] of [
    ['number', -40, 120.5, '-40 to 120.5'],
    ['number', 0, null, 'at least 0'],
    ['integer', null, 9, 'at most 9'],
    ['number', null, null, 'any number'],
    ['integer', null, null, 'any integer'],
    ['boolean', null, null, '0 or 1'],
  ] as const) {
    it(`is ${text}`, () => {
      expect(rangeText({ dataType, minimum, maximum })).to.equal(text);
    });
  }
});

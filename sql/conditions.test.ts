import { expect } from 'chai';

import { allOf, asked, olderThan } from './conditions.ts';

describe('conditions of a query', () => {
  it('keep their values in the order of their placeholders', () => {
    expect(allOf([asked('a = ?', 1), ['b IN (?, ?)', 2, 3], asked('c = ?', 'x')])).to.deep.equal([
      'a = ? AND b IN (?, ?) AND c = ?',
      ...[1, 2, 3, 'x'],
    ]);
  });

  it('hold for every row when nothing was asked for', () => {
    expect(allOf([])).to.deep.equal(['TRUE']);
    expect(allOf([asked('a = ?', undefined), olderThan(undefined, { at: 't', id: 'i' })])).to.deep.equal([
      'TRUE AND TRUE',
    ]);
  });

  it('take false, zero and null as values', () => {
    for (const value of [false, 0, null]) expect(asked('a = ?', value)).to.deep.equal(['a = ?', value]);
  });

  it('go on in a list after its last row, within the same instant by ids', () => {
    const instant = '2013-12-02 21:15:00.000';
    expect(olderThan({ at: Date.UTC(2013, 11, 2, 21, 15), id: 7n }, { at: 't', id: 'i' })).to.deep.equal([
      't <= ? AND (t < ? OR i < ?)',
      instant,
      instant,
      7n,
    ]);
  });
});

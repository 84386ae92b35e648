import { expect } from 'chai';

import { countRefused, type Position, positionNote, readPosition } from './position.ts';

const POSITION: Position = { row: 17, shift: -5_000, refused: { VALUE_INVALID: 2, SENSOR_UNKNOWN: 1 } };

describe('the position of a replay', () => {
  it('is read from the store as it was noted, by its own key', () => {
    const { key, value } = positionNote('replay ab', POSITION);
    const notes = new Map([[key, value]]);
    const store = { note: (name: string) => notes.get(name) };
    expect(readPosition(store, 'replay ab')).to.deep.equal(POSITION);
    expect(readPosition(store, 'replay cd')).to.equal(undefined);
  });

  it('is not guessed from a damaged note', () => {
    for (const damaged of ['', '{', '{"row":1}', JSON.stringify({ ...POSITION, row: -1 })])
      expect(() => readPosition({ note: () => damaged }, 'any'), damaged).to.throw();
  });

  it('counts refusals of all codes', () => {
    expect(countRefused(POSITION)).to.equal(3);
    expect(countRefused({ refused: {} })).to.equal(0);
  });
});

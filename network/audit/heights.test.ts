import { expect } from 'chai';
import fc from 'fast-check';
import { judgeHeights, vouchedHeight } from './heights.ts';

function judged(...heights: [first: number, last: number][]): object[] {
  const names = ['manufacturer', 'operator', 'auditor', 'fourth'];
  return judgeHeights(
    heights.map(([first, last], index) => ({
      peer: names[index]!,
      organisation: names[index]!,
      first,
      last,
    })),
  );
}

const current = { kind: 'current' };

describe('heights of peers', () => {
  it('finds nothing in a channel that grows while it is asked about', () => {
    expect(judged([10, 12], [11, 13], [10, 12])).to.deep.equal([current, current, current]);
  });

  it('names who stays behind, and by how many blocks as of now', () => {
    expect(judged([10, 15], [10, 15], [7, 7])).to.deep.equal([current, current, { kind: 'lags', behind: 8 }]);
  });

  it('notes who was behind and is not any more', () => {
    expect(judged([10, 12], [10, 12], [7, 12])).to.deep.equal([
      current,
      current,
      { kind: 'caught-up', behind: 3 },
    ]);
  });

  it('does not let one peer make laggards of all others', () => {
    expect(judged([10, 11], [1_000, 1_000], [10, 11])).to.deep.equal([
      current,
      { kind: 'alone', ahead: 989 },
      current,
    ]);
  });

  it('accuses nobody whom the others follow', () => {
    expect(judged([10, 20], [20, 20], [10, 20])).to.deep.equal([current, current, current]);
  });

  it('takes the one behind for a laggard when only two have answered', () => {
    expect(judged([10, 10], [12, 12])).to.deep.equal([{ kind: 'lags', behind: 2 }, current]);
  });

  it('has nothing to say about none', () => {
    expect(judgeHeights([])).to.deep.equal([]);
    expect(vouchedHeight([])).to.equal(0);
  });

  it('vouches for what a majority of organisations has, whatever the others say', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.nat({ max: 2 }), (height, lie, liar) => {
        const heights = [0, 1, 2].map((index) => ({
          organisation: String(index),
          height: index === liar ? lie : height,
        }));
        expect(vouchedHeight(heights)).to.equal(height);
        const four = [...heights, { organisation: '3', height }];
        expect(vouchedHeight(four)).to.equal(height);
      }),
    );
    const crowd = Array.from({ length: 5 }, () => ({ organisation: 'evil', height: 99 }));
    expect(
      vouchedHeight([...crowd, { organisation: 'a', height: 5 }, { organisation: 'b', height: 5 }]),
    ).to.equal(5);
  });
});

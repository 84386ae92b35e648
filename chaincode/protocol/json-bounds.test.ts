import { expect } from 'chai';
import fc from 'fast-check';

import { isShallow, isWellFormedJson } from './json-bounds.ts';

const HALVES = ['\ud800', '\ude00\ud83d'];

describe('bounds of JSON', () => {
  it('let every text through that is one, and find half a character wherever it is', () => {
    const text = fc.string({ unit: 'binary' });
    const value = fc.oneof(fc.jsonValue({ maxDepth: 2 }), text, fc.dictionary(text, text));
    fc.assert(
      fc.property(
        value,
        fc.array(fc.constantFrom('list', 'field', 'name'), { maxLength: 4 }),
        (content, ways) => {
          expect(isWellFormedJson(content)).to.equal(true);
          for (const half of HALVES) {
            let wrong: unknown = half;
            for (const way of ways) {
              if (way === 'list') wrong = [content, wrong];
              else if (way === 'field') wrong = { content, wrong };
              else wrong = { content, [half]: wrong };
            }
            expect(isWellFormedJson(JSON.parse(JSON.stringify(wrong)))).to.equal(false);
          }
          expect(isWellFormedJson({ a: { [HALVES[0]!]: content } })).to.equal(false);
        },
      ),
    );
  });

  it('are not stepped over, nor make us fall, however deep somebody nests', () => {
    const nested = (depth: number, inner: string): unknown =>
      JSON.parse(`${'['.repeat(depth)}${inner}${']'.repeat(depth)}`);
    expect(isShallow(nested(30, '1'), 30)).to.equal(true);
    expect(isShallow(nested(31, '1'), 30)).to.equal(false);
    expect(isWellFormedJson(nested(5_000, '"a"'))).to.equal(true);
    expect(isWellFormedJson(nested(5_000, String.raw`"\ud800"`))).to.equal(false);
  });
});

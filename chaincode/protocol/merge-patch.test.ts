import { expect } from 'chai';
import fc from 'fast-check';

import { canonicalJson } from './canonical-json.ts';
import { isJsonObject } from './json-bounds.ts';
import { mergePatch } from './merge-patch.ts';

type Patch = Json | null | { [name: string]: Patch };
type Json = string | number | boolean | Json[] | { [name: string]: Json };
const name = fc.constantFrom('a', 'b', 'c', '__proto__');

/** JSON without null, which a merge patch cannot put anywhere but into a list. */
const { plain } = fc.letrec<{ plain: Json }>((tie) => ({
  plain: fc.oneof(
    { maxDepth: 3 },
    fc.oneof(fc.string(), fc.integer(), fc.boolean()),
    fc.array(tie('plain'), { maxLength: 3 }),
    fc.dictionary(name, tie('plain')),
  ),
}));
const { patch } = fc.letrec<{ patch: Patch }>((tie) => ({
  patch: fc.oneof({ maxDepth: 3 }, fc.constant(null), plain, fc.dictionary(name, tie('patch'))),
}));

/** The patch that makes the one of the other. */
function patchTo(wanted: Json, from: unknown): unknown {
  if (!isJsonObject(wanted) || !isJsonObject(from)) return wanted;
  const gone = Object.keys(from).filter((each) => !Object.hasOwn(wanted, each));
  return Object.fromEntries([
    ...gone.map((each) => [each, null] as const),
    ...Object.entries(wanted).map(
      ([each, value]) => [each, patchTo(value, Object.hasOwn(from, each) ? from[each] : undefined)] as const,
    ),
  ]);
}

describe('a merge patch', () => {
  // RFC 7396, appendix A.
  const examples: [target: unknown, patch: unknown, result: unknown][] = [
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ];
  for (const [target, given, result] of examples)
    it(`${JSON.stringify(given)} makes ${JSON.stringify(result)} of ${JSON.stringify(target)}`, () => {
      expect(mergePatch(target, given)).to.deep.equal(result);
    });

  it('makes of anything whatever is wanted', () => {
    fc.assert(
      fc.property(plain, plain, (from, wanted) => {
        expect(canonicalJson(mergePatch(from, patchTo(wanted, from)))).to.equal(canonicalJson(wanted));
      }),
    );
  });

  it('changes nothing the second time, and neither what it is given', () => {
    fc.assert(
      fc.property(plain, patch, (target, given) => {
        const before = canonicalJson([target, given]);
        const once = mergePatch(target, given);
        expect(canonicalJson(mergePatch(once, given))).to.equal(canonicalJson(once));
        expect(canonicalJson([target, given])).to.equal(before);
      }),
    );
  });

  it('takes a name like __proto__ for a name', () => {
    const merged = mergePatch({}, JSON.parse('{"__proto__":{"admin":true}}'));
    expect(JSON.stringify(merged)).to.equal('{"__proto__":{"admin":true}}');
    expect(Object.getPrototypeOf(merged)).to.equal(Object.prototype);
  });
});

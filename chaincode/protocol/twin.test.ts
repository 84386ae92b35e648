import { expect } from 'chai';
import fc from 'fast-check';

import { isJsonObject } from './json-bounds.ts';
import { deltaOf, type Properties, propertiesSchema, twinReportSchema } from './twin.ts';

const properties: fc.Arbitrary<Properties> = fc.dictionary(
  fc.constantFrom('a', 'b', 'c', '__proto__'),
  fc.jsonValue({ maxDepth: 3 }),
);

/** Writes a delta over what was there, field by field. */
function merged(reported: Properties, delta: Properties): Properties {
  const changed = Object.entries(delta).map(([name, wanted]) => {
    const told = Object.hasOwn(reported, name) ? reported[name] : undefined;
    return [name, isJsonObject(wanted) && isJsonObject(told) ? merged(told, wanted) : wanted] as const;
  });
  return Object.fromEntries([...Object.entries(reported), ...changed]);
}

describe('twin', () => {
  it('wants nothing of who has all, and all of who has nothing', () => {
    fc.assert(
      fc.property(properties, (wanted) => {
        expect(Object.keys(deltaOf(wanted, wanted))).to.deep.equal([]);
        expect(JSON.stringify(deltaOf(wanted, {}))).to.equal(JSON.stringify(wanted));
      }),
    );
  });

  it('has a delta that, once it is followed, leaves nothing to be wanted', () => {
    fc.assert(
      fc.property(properties, properties, (wanted, told) => {
        expect(Object.keys(deltaOf(wanted, merged(told, deltaOf(wanted, told))))).to.deep.equal([]);
      }),
    );
  });

  it('names only what differs, whatever the order of the fields', () => {
    const wanted = { led: { red: 1, green: 2 }, interval: 5, list: [1, { a: 1, b: 2 }] };
    const told = { list: [1, { b: 2, a: 1 }], led: { green: 2, red: 0 }, interval: 5, other: true };
    expect(deltaOf(wanted, told)).to.deep.equal({ led: { red: 1 } });
  });

  it('is a JSON object of bounded size and depth', () => {
    const nested = (depth: number): unknown => JSON.parse(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`);
    expect(propertiesSchema.safeParse(nested(8)).success).to.equal(true);
    expect(propertiesSchema.safeParse(nested(9)).success).to.equal(false);
    const deep: unknown = JSON.parse(`{"a":${'['.repeat(4_000)}${']'.repeat(4_000)}}`);
    expect(propertiesSchema.safeParse(deep).success).to.equal(false);
    expect(propertiesSchema.safeParse({ a: 'x'.repeat(8_192) }).success).to.equal(false);
    for (const wrong of [null, [], 1, 'a']) expect(propertiesSchema.safeParse(wrong).success).to.equal(false);
    expect(twinReportSchema.safeParse({ properties: {}, version: 1 }).success).to.equal(false);
  });

  const FIELDS = ['a', '__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'];
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.oneof(fc.integer(), fc.constant(null), fc.string({ unit: 'grapheme' })),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...FIELDS), tie('value'), { maxKeys: 3 }),
    ),
  }));

  it('is kept as it is, or refused because a field is named __proto__: no field is lost', () => {
    const isNamedSo = (text: string): boolean => text.includes('"__proto__":');
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...FIELDS), value), (sent) => {
        const text = JSON.stringify(sent);
        const { data, error } = propertiesSchema.safeParse(JSON.parse(text));
        if (isNamedSo(text)) expect(error?.issues[0]?.message).to.equal('a field is named __proto__');
        else expect(JSON.stringify(data)).to.equal(text);
      }),
    );
  });

  it('has no half characters, which a database cannot keep', () => {
    const isReport = (properties: string): boolean =>
      twinReportSchema.safeParse(JSON.parse(`{"properties":${properties}}`)).success;
    expect(isReport(String.raw`{"a":["\ud83d\ude00"]}`)).to.equal(true);
    for (const wrong of [
      String.raw`{"a":"\ud800"}`,
      String.raw`{"\ud800":1}`,
      String.raw`{"a":[{"b\udc00":[]}]}`,
      String.raw`{"a":{"b":["\ude00\ud83d"]}}`,
    ])
      expect(isReport(wrong), wrong).to.equal(false);
  });
});

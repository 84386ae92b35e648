import { expect } from 'chai';
import fc from 'fast-check';

import {
  misfitOfParameters,
  type ParametersSchema,
  parametersSchema,
  parametersValueSchema,
} from './parameters.ts';

const SCHEMA: ParametersSchema = parametersSchema.parse({
  type: 'object',
  properties: {
    seconds: { type: 'integer', minimum: 1, maximum: 3600 },
    mode: { type: 'string', enum: ['eco', 'full'] },
    label: { type: 'string', maxLength: 5 },
    quiet: { type: 'boolean' },
    steps: { type: 'array', items: { type: 'number', minimum: 0 }, maxItems: 2 },
  },
  required: ['seconds'],
});

const misfit = (parameters: Record<string, never> | object): string | undefined =>
  misfitOfParameters(SCHEMA, parametersValueSchema.parse(parameters));

describe('parameters of a command', () => {
  it('fit when the schema takes them', () => {
    expect(misfit({ seconds: 60 })).to.equal(undefined);
    expect(misfit({ seconds: 1, mode: 'eco', label: 'five5', quiet: true, steps: [0, 2.5] })).to.equal(
      undefined,
    );
  });

  for (const [what, parameters] of [
    ['what is missing', {}],
    ['what is too large', { seconds: 3601 }],
    ['what is no integer', { seconds: 1.5 }],
    ['another data type', { seconds: '60' }],
    ['none of the choices', { seconds: 60, mode: 'off' }],
    ['too long a text', { seconds: 60, label: 'longer' }],
    ['too long a list', { seconds: 60, steps: [1, 2, 3] }],
    ['a bad item of a list', { seconds: 60, steps: [-1] }],
    ['what nobody asked for', { seconds: 60, more: 1 }],
    ['null', { seconds: null }],
  ] as const) {
    it(`do not fit with ${what}, and it is said`, () => {
      expect(misfit(parameters)).to.be.a('string').and.not.equal('');
    });
  }

  it('are named when they do not fit', () => {
    expect(misfit({ seconds: 60, steps: [1, -1] })).to.match(/^steps\.1: /);
  });

  it('fit whatever integer lies in the range, and no other', () => {
    fc.assert(
      fc.property(fc.integer({ min: -5000, max: 5000 }), (seconds) => {
        expect(misfit({ seconds }) === undefined).to.equal(seconds >= 1 && seconds <= 3600);
      }),
    );
  });

  it('have no half characters, and are not nested without end: no table could hold them', () => {
    for (const bad of [
      { text: '\ud800' },
      { list: ['\udc00 '] },
      { ['\ud800']: 1 },
      { deep: [[[[[[[[[[]]]]]]]]]] },
    ])
      expect(parametersValueSchema.safeParse(bad).success, JSON.stringify(bad)).to.equal(false);
    expect(parametersValueSchema.safeParse({ text: '😀', list: [[1]] }).success).to.equal(true);
  });

  it('are kept as they are, and refused when a field is named __proto__', () => {
    const sent = (text: string): string | undefined => {
      const { success, data } = parametersValueSchema.safeParse(JSON.parse(text));
      return success ? JSON.stringify(data) : undefined;
    };
    const kept = '{"constructor":{"prototype":[1]},"prototype":null,"toString":"x"}';
    expect(sent(kept)).to.equal(kept);
    for (const text of ['{"__proto__":1}', '{"seconds":60,"__proto__":null}', '{"a":[{"__proto__":{}}]}'])
      expect(sent(text), text).to.equal(undefined);
  });

  it('have at most 16 KiB', () => {
    expect(parametersValueSchema.safeParse({ text: 'x'.repeat(16_384) }).success).to.equal(false);
    expect(parametersValueSchema.safeParse({ text: 'x'.repeat(16_000) }).success).to.equal(true);
  });

  const notTaken: [string, object][] = [
    ['a pattern, which may never end', { properties: { a: { type: 'string', pattern: '(a+)+$' } } }],
    ['a reference', { properties: { a: { $ref: 'https://example.org/schema' } } }],
    ['a name that every object has', { properties: { constructor: { type: 'number' } } }],
    ['a name that records lose', { properties: JSON.parse('{"__proto__":{"type":"number"}}') as unknown }],
    ['other parameters than it names', { additionalProperties: true }],
    ['a requirement that it does not name', { required: ['a'] }],
    ['a range without a value', { properties: { a: { type: 'number', minimum: 2, maximum: 1 } } }],
    ['a list without an end', { properties: { a: { type: 'array', items: { type: 'number' } } } }],
    ['no object', { type: 'array' }],
  ];
  for (const [what, change] of notTaken) {
    it(`are not described by ${what}`, () => {
      const schema = { type: 'object', properties: {}, ...change };
      expect(parametersSchema.safeParse(schema).success).to.equal(false);
    });
  }
});

/**
 * What a command may be given: a JSON Schema (draft 2020-12), of which a part is taken. What is left out could make whoever
 * judges by it run for ever (`pattern`), or fetch what somebody else may change (`$ref`).
 */
import { z } from 'zod';

import { lineSchema } from '../identifiers.ts';
import { isShallow, isWellFormedJson, withoutPrototypes } from '../json-bounds.ts';

const MOST_PARAMETERS = 32;
const MOST_CHOICES = 64;
const LONGEST_TEXT = 4096;
const LONGEST_LIST = 64;
/** Of all parameters, as JSON. */
export const MAX_PARAMETERS_BYTES = 16_384;
const DEEPEST_PARAMETERS = 8;

const described = {
  title: lineSchema(100).exactOptional(),
  description: lineSchema(300).exactOptional(),
};

const numberSchema = z.strictObject({
  type: z.enum(['number', 'integer']),
  ...described,
  minimum: z.number().exactOptional(),
  maximum: z.number().exactOptional(),
  enum: z.array(z.number()).min(1).max(MOST_CHOICES).exactOptional(),
});
const textSchema = z.strictObject({
  type: z.literal('string'),
  ...described,
  minLength: z.int().min(0).max(LONGEST_TEXT).exactOptional(),
  maxLength: z.int().min(0).max(LONGEST_TEXT).exactOptional(),
  enum: z.array(z.string().max(LONGEST_TEXT)).min(1).max(MOST_CHOICES).exactOptional(),
});
const booleanSchema = z.strictObject({ type: z.literal('boolean'), ...described });

type Range = readonly [least: number | undefined, most: number | undefined];

function rangeOf(schema: z.infer<typeof numberSchema> | z.infer<typeof textSchema>): Range {
  return schema.type === 'string' ? [schema.minLength, schema.maxLength] : [schema.minimum, schema.maximum];
}

const scalarSchema = z
  .union([numberSchema, textSchema, booleanSchema])
  .refine((schema) => {
    if (schema.type === 'boolean') return true;
    const [least = -Infinity, most = Infinity] = rangeOf(schema);
    return least <= most;
  }, 'nothing can be as small as its maximum and as large as its minimum')
  .meta({ id: 'ScalarParameter' });

const listSchema = z.strictObject({
  type: z.literal('array'),
  ...described,
  items: scalarSchema,
  minItems: z.int().min(0).max(LONGEST_LIST).exactOptional(),
  maxItems: z.int().min(1).max(LONGEST_LIST),
});

const parameterNameSchema = z
  .string()
  .regex(/^[a-z][A-Za-z0-9_]{0,40}$/, 'a parameter is named with a-z first, then letters, digits and _')
  // One that is left out would be found there.
  .refine((name) => !(name in Object.prototype), 'every object has something of this name');

/** The schema of a command's parameters. Without `required`, each may be left out; no others may come. */
export const parametersSchema = z
  .strictObject({
    type: z.literal('object'),
    properties: withoutPrototypes(
      z
        .record(parameterNameSchema, z.union([scalarSchema, listSchema]))
        .refine(
          (properties) => Object.keys(properties).length <= MOST_PARAMETERS,
          `at most ${MOST_PARAMETERS} parameters`,
        ),
    ),
    required: z.array(parameterNameSchema).max(MOST_PARAMETERS).default([]),
    additionalProperties: z.literal(false).default(false),
  })
  .refine(({ properties, required }) => required.every((name) => Object.hasOwn(properties, name)), {
    error: 'what is required has to be among the properties',
    path: ['required'],
  })
  .meta({ id: 'ParametersSchema' });
export type ParametersSchema = z.infer<typeof parametersSchema>;

/** Any parameters: whether they fit is for the command's own schema to say. */
export const parametersValueSchema = withoutPrototypes(
  z
    .record(z.string().max(64), z.json())
    .refine(
      (value) => new TextEncoder().encode(JSON.stringify(value)).length <= MAX_PARAMETERS_BYTES,
      `at most ${MAX_PARAMETERS_BYTES} bytes of parameters`,
    )
    .refine(isWellFormedJson, { error: 'text with half a character' })
    .refine((value) => isShallow(value, DEEPEST_PARAMETERS), {
      error: `lists and objects are at most ${DEEPEST_PARAMETERS} deep`,
    }),
).meta({ id: 'Parameters' });
export type Parameters = z.infer<typeof parametersValueSchema>;

/** By what they were made of: making one takes longer than judging by it, and most commands are of a few kinds. */
const judges = new Map<string, z.ZodType>();
const MOST_JUDGES = 1000;

function judgeOf(schema: ParametersSchema): z.ZodType {
  const text = JSON.stringify(schema);
  const known = judges.get(text);
  if (known !== undefined) return known;
  if (judges.size === MOST_JUDGES) judges.clear();
  const judge = z.fromJSONSchema(schema);
  judges.set(text, judge);
  return judge;
}

/** What is wrong with parameters, as "rate: …; mode: …"; undefined when they fit. */
export function misfitOfParameters(schema: ParametersSchema, parameters: Parameters): string | undefined {
  const judged = judgeOf(schema).safeParse(parameters);
  if (judged.success) return undefined;
  return judged.error.issues
    .map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`))
    .join('; ');
}

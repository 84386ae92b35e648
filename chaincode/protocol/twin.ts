/** What people want of a device and what it says it has: two JSON objects, each with a version. */
import { z } from 'zod';

import { canonicalJson } from './canonical-json.ts';
import { isJsonObject, isShallow, isWellFormedJson, withoutPrototypes } from './json-bounds.ts';
import { instantSchema } from './message.ts';

export const MAX_TWIN_BYTES = 8 * 1024;
const MAX_DEPTH = 8;

export type Properties = Readonly<Record<string, unknown>>;

const fits = (value: unknown): boolean =>
  new TextEncoder().encode(JSON.stringify(value)).length <= MAX_TWIN_BYTES;

export const propertiesSchema = withoutPrototypes(
  z
    .record(z.string(), z.unknown())
    .refine((value) => isShallow(value, MAX_DEPTH), {
      error: `nested more than ${MAX_DEPTH} deep`,
      abort: true,
    })
    .refine(fits, { error: `larger than ${MAX_TWIN_BYTES} bytes` })
    .refine(isWellFormedJson, { error: 'text with half a character' }),
).meta({
  id: 'Properties',
  description: `A JSON object of at most ${MAX_TWIN_BYTES} bytes, nested at most ${MAX_DEPTH} deep, without a field named \`__proto__\``,
});

/** 0 is that of nothing. */
export const twinVersionSchema = z.int().min(0).max(0xffff_ffff);

/** What a device says it has, all of it; JSON on its topic `reported`, and over HTTP. */
export const twinReportSchema = z
  .strictObject({
    properties: propertiesSchema,
    desiredVersion: twinVersionSchema
      .meta({ description: 'The version of what is wanted that the device has seen' })
      .exactOptional(),
  })
  .meta({ id: 'TwinReport' });

export type TwinReport = z.infer<typeof twinReportSchema>;

/** What is wanted of a device; JSON, retained on its topic `desired`. */
export const twinDesiredSchema = z.strictObject({
  version: twinVersionSchema,
  properties: propertiesSchema,
  /** The part that differs from what the device last said it has. */
  delta: propertiesSchema,
});
export type TwinDesired = z.infer<typeof twinDesiredSchema>;

const sideFields = { version: twinVersionSchema, properties: propertiesSchema };

export const desiredSchema = z
  .strictObject({ ...sideFields, at: instantSchema.nullable(), by: z.string().nullable() })
  .meta({ id: 'Desired' });
export type Desired = z.infer<typeof desiredSchema>;

export const twinSchema = z
  .strictObject({
    desired: desiredSchema,
    reported: z.strictObject({
      ...sideFields,
      at: instantSchema.nullable(),
      desiredVersion: twinVersionSchema.nullable(),
    }),
    delta: propertiesSchema,
  })
  .meta({ id: 'Twin' });
export type Twin = z.infer<typeof twinSchema>;

/** What is wanted and not reported: objects are compared field by field, all else as a whole. */
export function deltaOf(desired: Properties, reported: Properties): Properties {
  return Object.fromEntries(
    Object.entries(desired).flatMap(([name, wanted]): [string, unknown][] => {
      const told = Object.hasOwn(reported, name) ? reported[name] : undefined;
      if (!isJsonObject(wanted) || !isJsonObject(told))
        return canonicalJson(wanted) === canonicalJson(told) ? [] : [[name, wanted]];
      const inner = deltaOf(wanted, told);
      return Object.keys(inner).length === 0 ? [] : [[name, inner]];
    }),
  );
}

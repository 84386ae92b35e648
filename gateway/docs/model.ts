/** The part of an OpenAPI 3.1 document that the page shows. */
import { z } from 'zod';

const base = z.looseObject({
  $ref: z.string().optional(),
  type: z.union([z.string(), z.array(z.string())]).optional(),
  description: z.string().optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  format: z.string().optional(),
  pattern: z.string().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  minLength: z.number().optional(),
  maxLength: z.number().optional(),
  minItems: z.number().optional(),
  maxItems: z.number().optional(),
  required: z.array(z.string()).optional(),
});

export interface Schema extends z.infer<typeof base> {
  properties?: Record<string, Schema> | undefined;
  items?: Schema | boolean | undefined;
  prefixItems?: Schema[] | undefined;
  anyOf?: Schema[] | undefined;
  oneOf?: Schema[] | undefined;
  allOf?: Schema[] | undefined;
  additionalProperties?: Schema | boolean | undefined;
}

const schemaSchema: z.ZodType<Schema> = z.lazy(() =>
  base.extend({
    properties: z.record(z.string(), schemaSchema).optional(),
    items: z.union([schemaSchema, z.boolean()]).optional(),
    prefixItems: z.array(schemaSchema).optional(),
    anyOf: z.array(schemaSchema).optional(),
    oneOf: z.array(schemaSchema).optional(),
    allOf: z.array(schemaSchema).optional(),
    additionalProperties: z.union([schemaSchema, z.boolean()]).optional(),
  }),
);

const contentSchema = z.record(z.string(), z.looseObject({ schema: schemaSchema }));

const parameterSchema = z.looseObject({
  name: z.string(),
  in: z.string(),
  required: z.boolean().optional(),
  description: z.string().optional(),
  schema: schemaSchema,
});

const responseSchema = z.looseObject({ description: z.string(), content: contentSchema.optional() });
export type ResponseModel = z.infer<typeof responseSchema>;

const operationSchema = z.looseObject({
  operationId: z.string(),
  tags: z.array(z.string()),
  summary: z.string(),
  description: z.string(),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  parameters: z.array(parameterSchema).optional(),
  requestBody: z.looseObject({ description: z.string().optional(), content: contentSchema }).optional(),
  responses: z.record(z.string(), responseSchema),
});
export type Operation = z.infer<typeof operationSchema>;

const modelSchema = z.looseObject({
  info: z.looseObject({ title: z.string(), version: z.string(), description: z.string() }),
  tags: z.array(z.looseObject({ name: z.string(), description: z.string().optional() })),
  paths: z.record(z.string(), z.record(z.string(), operationSchema)),
  components: z.looseObject({
    schemas: z.record(z.string(), schemaSchema),
    securitySchemes: z.record(z.string(), z.looseObject({ description: z.string() })),
  }),
});
export type Model = z.infer<typeof modelSchema>;

/** An operation with its place. */
export interface Entry {
  method: string;
  path: string;
  operation: Operation;
}

export function readModel(document: unknown): Model {
  return modelSchema.parse(document);
}

/** A schema, or the component that it refers to. */
export function resolved(model: Model, schema: Schema): Schema {
  const name = schema.$ref?.slice(schema.$ref.lastIndexOf('/') + 1);
  return (name === undefined ? undefined : model.components.schemas[name]) ?? schema;
}

export function entriesOf(model: Model, tag: string): Entry[] {
  return Object.entries(model.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, operation]) => operation.tags.includes(tag))
      .map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
}

/** Fields that many routes share: numbers in a query, cursors, page sizes. */
import { z } from 'zod';

interface Bounds {
  minimum: number;
  maximum: number;
  description: string;
}

/**
 * An integer written as decimal digits: `Number` alone would also take "", " 7", "0x10" and "1e3". Documented as
 * the integer that it means.
 */
export function integerField({ minimum, maximum, description }: Bounds) {
  return z
    .string()
    .regex(/^\d{1,16}$/, `expected an integer from ${minimum} to ${maximum}`)
    .transform(Number)
    .pipe(z.int().min(minimum).max(maximum))
    .meta({
      description,
      override: ({ jsonSchema }) => {
        Object.assign(jsonSchema, { type: 'integer', minimum, maximum });
        delete jsonSchema.pattern;
      },
    });
}

/** The end of the year 9999, which is the end of time for SQL and for ISO 8601 without a sign. */
export const LAST_INSTANT = Date.UTC(10_000, 0) - 1;

export function instantField(description: string) {
  return integerField({
    minimum: 0,
    maximum: LAST_INSTANT,
    description: `${description}; milliseconds since the Unix epoch`,
  });
}

export function limitField(usual: number, maximum: number) {
  return integerField({ minimum: 1, maximum, description: `Entries in a page; ${usual} if not given` })
    .optional()
    .transform((limit) => limit ?? usual);
}

/**
 * A place in a list, opaque to callers: JSON in base64url, so that its form can change. It is input like any other:
 * what it decodes to is checked by `schema`.
 */
export function cursorField<Place>(schema: z.ZodType<Place>) {
  return z
    .string()
    .max(400)
    .transform((text, context): Place => {
      const place = schema.safeParse(parseCursor(text));
      if (place.success) return place.data;
      context.addIssue({ code: 'custom', message: 'not a cursor of this list' });
      return z.NEVER;
    })
    .optional()
    .meta({ description: '`next` of the page before', override: { type: 'string', maxLength: 400 } });
}

function parseCursor(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}

export function encodeCursor(place: unknown): string {
  return Buffer.from(JSON.stringify(place), 'utf8').toString('base64url');
}

/**
 * A page of what was found, which is one more than the page may hold when there are others.
 *
 * @param placeOf where a page ends whose last item is this one, as its cursor has it
 */
export function pageOf<Item>(
  found: readonly Item[],
  limit: number,
  placeOf: (last: Item) => object,
): { page: Item[]; next: string | null } {
  const page = found.slice(0, limit);
  const last = found.length > limit ? page.at(-1) : undefined;
  return { page, next: last === undefined ? null : encodeCursor(placeOf(last)) };
}

export const nextField = z
  .string()
  .nullable()
  .meta({ description: 'Cursor of the next page; null on the last' });

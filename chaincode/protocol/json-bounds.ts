import { z } from 'zod';

/**
 * What JSON may hold that our database cannot: MariaDB takes values nested up to 31 deep, and text that is UTF-8. Neither
 * is followed down by recursion, so that who nests ten thousand times does no harm.
 */

/** @param most objects and lists, one within the other */
export function isShallow(value: unknown, most: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; depth <= most; depth += 1) {
    level = level.flatMap((each): unknown[] =>
      typeof each === 'object' && each !== null ? Object.values(each) : [],
    );
    if (level.length === 0) return true;
  }
  return false;
}

/** Whether no text within, nor any name of a field, has half a character: JSON can write one (`"\ud800"`), UTF-8 cannot. */
export function isWellFormedJson(value: unknown): boolean {
  const open: unknown[] = [value];
  while (open.length > 0) {
    const each = open.pop();
    if (typeof each === 'string' && !each.isWellFormed()) return false;
    if (typeof each === 'object' && each !== null)
      for (const [name, inner] of Object.entries(each)) open.push(name, inner);
  }
  return true;
}

/** No list, and not null. */
export function isJsonObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The same schema, for JSON in which no field is named `__proto__`, at any depth: zod passes over that name, so the value would
 * be lost and nobody told. Who means harm sends it on to a receiver that writes fields by their names, and so alters
 * what all its objects have.
 */
export function withoutPrototypes<Schema extends z.ZodType>(
  schema: Schema,
): z.ZodPreprocess<Schema, z.input<Schema>> {
  return z.preprocess((value: z.input<Schema>, context) => {
    if (hasField(value, '__proto__'))
      context.addIssue({ code: 'custom', message: 'a field is named __proto__' });
    return value;
  }, schema);
}

function hasField(value: unknown, name: string): boolean {
  const open: unknown[] = [value];
  while (open.length > 0) {
    const each = open.pop();
    if (typeof each !== 'object' || each === null) continue;
    if (Object.hasOwn(each, name)) return true;
    for (const inner of Object.values(each)) open.push(inner);
  }
  return false;
}

/** The door of every contract: a caller's argument is a text, and becomes a value only through a schema. */
import { z } from 'zod';

import { BiotError } from '../protocol/errors.ts';

/** @throws BiotError INVALID_ARGUMENT that names the argument and what is wrong with it */
export function parseArgument<T>(name: string, schema: z.ZodType<T>, argument: unknown): T {
  const parsed = schema.safeParse(argument);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const place = [name, ...(issue?.path.map(String) ?? [])].join('.');
  throw new BiotError('INVALID_ARGUMENT', `${place}: ${issue?.message ?? 'invalid'}`);
}

/** @throws BiotError INVALID_ARGUMENT when the text is not JSON, or not of this shape */
export function parseJsonArgument<T>(name: string, schema: z.ZodType<T>, argument: string): T {
  return parseArgument(name, schema, parseJson(name, argument));
}

function parseJson(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new BiotError('INVALID_ARGUMENT', `${name}: not JSON`);
  }
}

/**
 * An integer written in decimal digits and in no other way: `Number` alone would also take "", "0x10" and "1e3",
 * and a caller who sends those means something else.
 */
export function decimalSchema({ minimum, maximum }: { minimum: number; maximum: number }): z.ZodType<number> {
  return z
    .string()
    .regex(/^(?:0|[1-9][0-9]{0,15})$/, 'expected an integer in decimal digits')
    .transform(Number)
    .pipe(z.int().min(minimum).max(maximum));
}

import type { Response } from 'supertest';

/** What stands at a path inside an answer's body; undefined when there is no such place. */
export function dig(response: Pick<Response, 'body'>, ...path: readonly (string | number)[]): unknown {
  const body: unknown = response.body;
  return path.reduce(
    (value, step) =>
      typeof value === 'object' && value !== null
        ? (Object.entries(value).find(([key]) => key === String(step))?.[1] as unknown)
        : undefined,
    body,
  );
}

/** These fields of every entry of a list in an answer's body; of one field its values, of several lists of them. */
export function pluck(
  response: Pick<Response, 'body'>,
  list: string,
  ...fields: readonly string[]
): unknown[] {
  const entries = dig(response, list);
  if (!Array.isArray(entries)) throw new TypeError(`the answer has no list "${list}"`);
  return entries.map((_, index) => {
    const values = fields.map((field) => dig(response, list, index, field));
    return values.length === 1 ? values[0] : values;
  });
}

/** A text in an answer's body. */
export function textAt(response: Pick<Response, 'body'>, ...path: readonly (string | number)[]): string {
  const value = dig(response, ...path);
  if (typeof value !== 'string') throw new TypeError(`the answer has no text at ${path.join('.')}`);
  return value;
}

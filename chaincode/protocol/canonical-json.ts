/**
 * JSON whose bytes follow from the value alone: keys sorted, no blanks. Every endorsing organisation must write and
 * answer the same bytes, or the transaction is void. (The order is that of RFC 8785, for keys that are names.)
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, nested: unknown) => (isObject(nested) ? sorted(nested) : nested));
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function sorted(value: object): object {
  return Object.fromEntries(Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1)));
}

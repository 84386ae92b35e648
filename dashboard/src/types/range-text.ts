import type { TypeSensor } from '../api/types.ts';

const KINDS = { number: 'any number', integer: 'any integer', boolean: '0 or 1' } as const;

/** What a sensor of a type may send: "0 to 500", "at least 0", "any number". */
export function rangeText({ dataType, minimum, maximum }: Omit<TypeSensor, 'name' | 'unit'>): string {
  if (minimum !== null && maximum !== null) return `${minimum} to ${maximum}`;
  if (minimum !== null) return `at least ${minimum}`;
  return maximum === null ? KINDS[dataType] : `at most ${maximum}`;
}

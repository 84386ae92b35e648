/** The properties of a twin as somebody writes them: a JSON text. */
import { MAX_TWIN_BYTES, type Properties, propertiesSchema } from '../../../chaincode/protocol/twin.ts';
import { formatCount } from '../format/number.ts';
import { sentence } from '../format/sentence.ts';

export function textOfProperties(properties: Properties): string {
  return JSON.stringify(properties, undefined, 2);
}

/** By the schema that the gateway judges by. What JSON would keep otherwise than it was typed is refused as well. */
export function propertiesOf(text: string): { properties: Properties } | { error: string } {
  const changed: string[] = [];
  let parsed: unknown;
  try {
    parsed = JSON.parse(text, (_name, value: unknown, context?: { source?: string }) => {
      if (typeof value === 'number' && !isKept(value, context?.source)) changed.push(context?.source ?? '');
      return value;
    });
  } catch (error) {
    return { error: `This is not JSON. ${error instanceof Error ? sentence(error.message) : ''}` };
  }
  if (!isObject(parsed)) return { error: 'This is no JSON object: one begins with { and ends with }.' };
  const [number] = changed;
  if (number !== undefined)
    return { error: `The number ${number} would not be kept as it is: write it as text, in quotes.` };
  const checked = propertiesSchema.safeParse(parsed);
  if (checked.success) return { properties: checked.data };
  return { error: sentence(checked.error.issues[0]?.message ?? 'not valid') };
}

/** How much of what a twin may have is used; only what it may have where the text is no JSON yet. */
export function sizeHint(text: string): string {
  const most = `${formatCount(MAX_TWIN_BYTES)} bytes`;
  try {
    const sent = new TextEncoder().encode(JSON.stringify(JSON.parse(text))).length;
    return `A JSON object: ${formatCount(sent)} of at most ${most}.`;
  } catch {
    return `A JSON object of at most ${most}.`;
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @param source as it was typed; undefined from browsers that do not tell */
function isKept(value: number, source: string | undefined): boolean {
  if (!Number.isFinite(value)) return false;
  return source === undefined || !/^-?\d+$/.test(source) || BigInt(source) === BigInt(value);
}

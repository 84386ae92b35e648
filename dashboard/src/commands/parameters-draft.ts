/** The form made of a command's JSON Schema: texts, and the parameters that they make. */
import {
  misfitOfParameters,
  type Parameters,
  parametersValueSchema,
} from '../../../chaincode/protocol/command/parameters.ts';
import type { ParametersSchema } from '../api/types.ts';
import { sentence } from '../format/sentence.ts';

export type Property = ParametersSchema['properties'][string];

/** By the parameters' names; an empty text leaves the parameter out, a list has a line for each item. */
export type ParametersDraft = Record<string, string>;

export function emptyParameters({ properties }: ParametersSchema): ParametersDraft {
  return Object.fromEntries(Object.keys(properties).map((name) => [name, '']));
}

type Value = Parameters[string];

function scalarOf(type: Exclude<Property['type'], 'array'>, text: string): Value {
  if (type === 'boolean') return text === 'true';
  if (type === 'string') return text;
  // What is no number stays the text that it is, for the schema to say so.
  return Number.isNaN(Number(text)) ? text : Number(text);
}

function valueOf(property: Property, text: string): Value | undefined {
  const trimmed = text.trim();
  if (trimmed === '') return undefined;
  if (property.type !== 'array') return scalarOf(property.type, trimmed);
  const lines = trimmed.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '').map((line) => scalarOf(property.items.type, line));
}

type ParameterErrors = Readonly<Partial<Record<string, string>>>;

/** Each field is judged by its own part of the schema, so that each says what is wrong with it. */
export function parametersOf(
  schema: ParametersSchema,
  draft: ParametersDraft,
): { parameters: Parameters } | { errors: ParameterErrors } {
  const parameters: Parameters = {};
  const errors: Partial<Record<string, string>> = {};
  for (const [name, property] of Object.entries(schema.properties)) {
    const value = valueOf(property, draft[name] ?? '');
    if (value !== undefined) parameters[name] = value;
    const required = schema.required.includes(name);
    if (value === undefined && required) errors[name] = 'It is needed.';
    else if (value !== undefined) {
      const misfit = misfitOfParameters(
        { ...schema, properties: { [name]: property }, required: [] },
        { [name]: value },
      );
      if (misfit !== undefined) errors[name] = sentence(misfit.replace(/^[^:]*: /, ''));
    }
  }
  return Object.keys(errors).length === 0 ? { parameters } : { errors };
}

/** Text of a hand-written object; what is wrong with it otherwise. */
export function parametersFromText(
  schema: ParametersSchema,
  text: string,
): { parameters: Parameters } | { error: string } {
  const parsed = parametersValueSchema.safeParse(jsonOf(text));
  if (!parsed.success) return { error: 'This is no JSON object.' };
  const misfit = misfitOfParameters(schema, parsed.data);
  return misfit === undefined ? { parameters: parsed.data } : { error: sentence(misfit) };
}

/** Undefined for what is not JSON. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What a field takes, for people: "1 to 3600". */
export function hintOf(property: Property): string | undefined {
  const range = property.type === 'array' ? listHint(property) : rangeHint(property);
  const parts = [property.description, range].filter((part) => part !== undefined && part !== '');
  return parts.length === 0 ? undefined : parts.join(' · ');
}

function listHint({ maxItems }: Extract<Property, { type: 'array' }>): string {
  return `one in a line, at most ${maxItems}`;
}

function rangeHint(property: Exclude<Property, { type: 'array' }>): string | undefined {
  if (property.type === 'boolean') return undefined;
  const isText = property.type === 'string';
  const [least, most] = isText
    ? [property.minLength, property.maxLength]
    : [property.minimum, property.maximum];
  const unit = isText ? ' characters' : '';
  if (least !== undefined && most !== undefined) return `${least} to ${most}${unit}`;
  if (least !== undefined) return `at least ${least}${unit}`;
  return most === undefined ? undefined : `at most ${most}${unit}`;
}

/** What can be chosen from, where the schema names it all. */
export function choicesOf(property: Property): readonly string[] | undefined {
  if (property.type === 'boolean') return ['true', 'false'];
  if (property.type === 'array') return undefined;
  return property.enum?.map(String);
}

/** The form for a command of the catalogue: texts, and the definition that they make. */
import {
  type CommandDefinition,
  commandDefinitionSchema,
  type SENDING_ROLES,
} from '../../../chaincode/protocol/command/definition.ts';
import type { ParametersSchema } from '../api/types.ts';
import { fieldErrors } from '../api/field-errors.ts';
import { jsonOf, type Property } from './parameters-draft.ts';

export interface ParameterRow {
  name: string;
  type: 'integer' | 'number' | 'string' | 'boolean';
  /** As number fields write it; of a text its length. Empty for none. */
  least: string;
  most: string;
  /** With commas between; empty for no choice. */
  choices: string;
  required: boolean;
}

export interface DefinitionDraft {
  name: string;
  description: string;
  rows: ParameterRow[];
  /** The whole schema as JSON, instead of the rows. */
  raw: string | undefined;
  roles: (typeof SENDING_ROLES)[number][];
  approval: boolean;
  lifetimeSeconds: string;
  timeoutSeconds: string;
  enabled: boolean;
}

export function emptyRow(): ParameterRow {
  return { name: '', type: 'integer', least: '', most: '', choices: '', required: true };
}

export function emptyDefinition(): DefinitionDraft {
  return {
    ...{ name: '', description: '', rows: [], raw: undefined, roles: ['admin', 'operator'], approval: false },
    ...{ lifetimeSeconds: '3600', timeoutSeconds: '60', enabled: true },
  };
}

export function draftOfDefinition(definition: CommandDefinition): DefinitionDraft {
  const { name, description, parameters, roles, approval, enabled } = definition;
  const rows = rowsOf(parameters);
  return {
    ...{ name, description, roles: [...roles], approval, enabled },
    rows: rows ?? [],
    raw: rows === undefined ? JSON.stringify(parameters, undefined, 2) : undefined,
    lifetimeSeconds: String(definition.lifetimeSeconds),
    timeoutSeconds: String(definition.timeoutSeconds),
  };
}

/** Rows for the form; undefined when they cannot say all that the schema says. */
function rowsOf(schema: ParametersSchema): ParameterRow[] | undefined {
  const rows: ParameterRow[] = [];
  for (const [name, property] of Object.entries(schema.properties)) {
    if (property.type === 'array') return undefined;
    if (property.title !== undefined || property.description !== undefined) return undefined;
    rows.push({ name, required: schema.required.includes(name), type: property.type, ...boundsOf(property) });
  }
  return rows;
}

function boundsOf(
  property: Exclude<Property, { type: 'array' }>,
): Pick<ParameterRow, 'least' | 'most' | 'choices'> {
  if (property.type === 'boolean') return { least: '', most: '', choices: '' };
  const [least, most] =
    property.type === 'string'
      ? [property.minLength, property.maxLength]
      : [property.minimum, property.maximum];
  return {
    least: least === undefined ? '' : String(least),
    most: most === undefined ? '' : String(most),
    choices: (property.enum ?? []).join(', '),
  };
}

/** What the rows say, as JSON Schema: not checked yet, for the protocol's schema to do. */
export function schemaOf(rows: readonly ParameterRow[]): unknown {
  return {
    type: 'object',
    properties: Object.fromEntries(rows.map((row) => [row.name.trim(), propertyOf(row)])),
    required: rows.filter(({ required }) => required).map(({ name }) => name.trim()),
    additionalProperties: false,
  };
}

function propertyOf({ type, least, most, choices }: ParameterRow): object {
  if (type === 'boolean') return { type };
  const [from, to] = type === 'string' ? ['minLength', 'maxLength'] : ['minimum', 'maximum'];
  const listed = choices
    .split(',')
    .map((choice) => choice.trim())
    .filter((choice) => choice !== '');
  return {
    type,
    ...(least.trim() !== '' && { [from]: Number(least) }),
    ...(most.trim() !== '' && { [to]: Number(most) }),
    ...(listed.length > 0 && { enum: type === 'string' ? listed : listed.map(Number) }),
  };
}

export type DefinitionErrors = Partial<Record<string, string>>;

export function definitionOf(
  type: string,
  draft: DefinitionDraft,
): { definition: CommandDefinition } | { errors: DefinitionErrors } {
  const { name, description, rows, raw, roles, approval, enabled } = draft;
  const parameters = raw === undefined ? schemaOf(rows) : jsonOf(raw);
  if (parameters === undefined) return { errors: { parameters: 'This is not JSON.' } };
  const names = new Set(rows.map((row) => row.name.trim()));
  if (raw === undefined && names.size < rows.length)
    return { errors: { parameters: 'Two parameters have the same name.' } };
  const parsed = commandDefinitionSchema.safeParse({
    ...{ type, name: name.trim(), description, parameters, roles, approval, enabled },
    lifetimeSeconds: Number(draft.lifetimeSeconds),
    timeoutSeconds: Number(draft.timeoutSeconds),
  });
  return parsed.success ? { definition: parsed.data } : { errors: fieldErrors(parsed.error.issues) };
}

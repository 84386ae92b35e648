import { html, type Html, inline } from './html.ts';
import type { Schema } from './model.ts';

function nameOf(reference: string): string {
  return reference.slice(reference.lastIndexOf('/') + 1);
}

/** A schema in a few words: `list of Device`, `integer or null`. */
export function typeOf(schema: Schema): Html {
  if (schema.$ref !== undefined) {
    const name = nameOf(schema.$ref);
    return html`<a href="#schema-${name}">${name}</a>`;
  }
  const choices = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (choices !== undefined) return joined(choices.map(typeOf), ' or ');
  if (schema.enum !== undefined)
    return joined(
      schema.enum.map((value) => html`<code>${String(value)}</code>`),
      ' | ',
    );
  if (schema.const !== undefined) return html`<code>${JSON.stringify(schema.const)}</code>`;
  return plainType(schema);
}

function plainType(schema: Schema): Html {
  const { type, items, prefixItems, additionalProperties } = schema;
  if (prefixItems !== undefined) return html`[${joined(prefixItems.map(typeOf), ', ')}]`;
  if (typeof items === 'object') return html`list of ${typeOf(items)}`;
  if (typeof additionalProperties === 'object') return html`map to ${typeOf(additionalProperties)}`;
  return html`${Array.isArray(type) ? type.join(' or ') : (type ?? 'anything')}`;
}

function joined(parts: readonly Html[], separator: string): Html {
  return html`${parts.map((part, index) => (index === 0 ? part : html`${separator}${part}`))}`;
}

function range(low: number | undefined, high: number | undefined, unit: string): string | undefined {
  // What holds for every integer is no limit.
  const bottom = low === Number.MIN_SAFE_INTEGER ? undefined : low;
  const top = high === Number.MAX_SAFE_INTEGER ? undefined : high;
  if (bottom !== undefined && top !== undefined) return `${bottom} to ${top}${unit}`;
  if (bottom !== undefined) return `at least ${bottom}${unit}`;
  return top === undefined ? undefined : `at most ${top}${unit}`;
}

/** Limits that a value has to keep, in words. */
function limitsOf({ minimum, maximum, minLength, maxLength, minItems, maxItems, format }: Schema): string {
  return [
    format,
    range(minimum, maximum, ''),
    range(minLength, maxLength, ' characters'),
    range(minItems, maxItems, ' entries'),
  ]
    .filter((part) => part !== undefined)
    .join(', ');
}

function limitsView(schema: Schema): Html | undefined {
  const limits = limitsOf(schema);
  const pattern =
    schema.pattern === undefined ? undefined : html`<code class="pattern">${schema.pattern}</code>`;
  return limits === '' && pattern === undefined ? undefined : html`<small>${limits} ${pattern}</small>`;
}

export function row(name: string, schema: Schema, required: boolean, description?: string): Html {
  const text = description ?? schema.description;
  return html`<tr>
    <th scope="row"><code>${name}</code>${required ? undefined : html` <small>optional</small>`}</th>
    <td>${typeOf(schema)} ${limitsView(schema)}</td>
    <td>${text === undefined ? undefined : inline(text)}</td>
  </tr>`;
}

/** An object's fields as a table, with those of objects inside it; anything else as its type. */
export function schemaView(schema: Schema): Html {
  const fields = fieldsOf(schema);
  if (fields.length === 0) return html`<p>${typeOf(schema)} ${limitsView(schema)}</p>`;
  return html`<table>
    <tbody>
      ${fields}
    </tbody>
  </table>`;
}

function fieldsOf(schema: Schema, prefix = ''): Html[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const inner = typeof field.items === 'object' ? field.items : field;
    const label = `${prefix}${name}`;
    const suffix = inner === field ? '.' : '[].';
    const required = schema.required?.includes(name) === true;
    return [row(label, field, required), ...fieldsOf(inner, `${label}${suffix}`)];
  });
}

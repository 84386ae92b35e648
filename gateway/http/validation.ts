import type { z } from 'zod';

import { type FieldError, Refusal } from './problem.ts';

/** The parts of a request as HTTP gives them: strings and arrays of strings, or parsed JSON. */
export interface RawParts {
  params?: unknown;
  query?: unknown;
  body?: unknown;
}

const PLACES: Readonly<Record<string, FieldError['in']>> = { params: 'path', query: 'query', body: 'body' };
const MOST_ERRORS = 20;
const LONGEST_NAME = 100;

/** RFC 6901 section 6: a JSON Pointer as a URI fragment. */
function pointer(path: readonly PropertyKey[]): string {
  return `#${path.map((step) => `/${escaped(String(step))}`).join('')}`;
}

/** Names of unknown fields are the caller's own: any length, and perhaps not even well-formed text. */
function escaped(name: string): string {
  const short = name.slice(0, LONGEST_NAME).toWellFormed();
  return encodeURIComponent(short.replaceAll('~', '~0').replaceAll('/', '~1'));
}

function fieldErrors(issue: z.core.$ZodIssue): FieldError[] {
  const paths =
    issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
  return paths.map(([place, ...path]) => ({
    in: PLACES[String(place)] ?? 'body',
    pointer: pointer(path),
    detail: issue.code === 'unrecognized_keys' ? 'unknown field' : issue.message,
  }));
}

/** Every way in which the request does not fit, in one refusal, so that a caller can mend all at once. */
export function invalidRequest(error: z.ZodError): Refusal {
  const errors = error.issues.flatMap(fieldErrors).slice(0, MOST_ERRORS);
  const summary = errors.map(({ in: place, pointer: at, detail }) => `${place}${at.slice(1)}: ${detail}`)[0];
  return new Refusal('INVALID_ARGUMENT', summary ?? 'the request is not valid', { errors, cause: error });
}

/** A field of the body whose form is right, and which does not fit all the same. */
export function invalidField(name: string, detail: string): Refusal {
  const errors: FieldError[] = [{ in: 'body', pointer: pointer([name]), detail }];
  return new Refusal('INVALID_ARGUMENT', `body/${name}: ${detail}`, { errors });
}

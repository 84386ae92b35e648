import * as z from 'zod/mini';

import { isErrorCode, type ErrorCode } from '../../../chaincode/protocol/errors.ts';
import { fieldErrors } from './field-errors.ts';

/** The gateway's codes, and what it cannot report itself: no answer, and a person who did not sign. */
export type ProblemCode = ErrorCode | 'UNREACHABLE' | 'NOT_SIGNED';

const problemSchema = z.object({
  title: z.optional(z.string()),
  detail: z.optional(z.string()),
  code: z.optional(z.string()),
  errors: z.optional(z.array(z.object({ pointer: z.string(), detail: z.string() }))),
});

interface Facts {
  code: ProblemCode;
  title: string;
  detail: string;
  status: number;
  /** What is wrong with which field, by its name. */
  fields?: Partial<Record<string, string>>;
}

/** A refusal or failure in words for people: an RFC 9457 problem document, or the lack of any answer. */
export class ApiProblem extends Error {
  readonly code: ProblemCode;
  readonly title: string;
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  readonly fields: Partial<Record<string, string>>;

  constructor(facts: Facts, cause?: unknown) {
    super(facts.detail, { cause });
    this.name = 'ApiProblem';
    this.code = facts.code;
    this.title = facts.title;
    this.status = facts.status;
    this.fields = facts.fields ?? {};
  }

  get detail(): string {
    return this.message;
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whatever answered (a proxy's HTML page included) becomes a problem that can be shown. */
export function problemFromAnswer(status: number, body: string): ApiProblem {
  const parsed = problemSchema.safeParse(readJson(body));
  const problem = parsed.success ? parsed.data : {};
  return new ApiProblem({
    status,
    code: isErrorCode(problem.code) ? problem.code : 'INTERNAL',
    title: problem.title ?? `The gateway answered with status ${status}`,
    detail:
      problem.detail ??
      'It gave no further explanation. Try again, and look at the gateway’s log if it stays.',
    fields: fieldErrors(
      problem.errors?.map(({ pointer, detail }) => ({
        path: pointer.replace(/^#\//, '').split('/'),
        message: detail,
      })),
    ),
  });
}

export function unreachable(cause: unknown): ApiProblem {
  return new ApiProblem(
    {
      status: 0,
      code: 'UNREACHABLE',
      title: 'The gateway does not answer',
      detail:
        'Check that it is running (npm run status) and that this device is online. It is tried again by itself.',
    },
    cause,
  );
}

/** For a catch clause: everything that can be thrown, as a problem. */
export function asProblem(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new ApiProblem(
    { status: 0, code: 'INTERNAL', title: 'Something went wrong in this page', detail },
    error,
  );
}

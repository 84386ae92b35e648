import type { ErrorRequestHandler, Response } from 'express';
import type { Logger } from 'pino';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { Metrics } from '../metrics.ts';
import { contextOf } from './context.ts';
import { PROBLEM_MEDIA_TYPE, problemOf, Refusal } from './problem.ts';

/** What Express and its body parser throw, by their `type`; the rest of what they blame on the caller is malformed. */
function fromExpress(error: Error): Refusal | undefined {
  const status = 'status' in error && typeof error.status === 'number' ? error.status : 500;
  const type = 'type' in error ? error.type : undefined;
  if (type === 'entity.too.large') return new Refusal('BODY_TOO_LARGE', 'the body is larger than this takes');
  if (type === 'encoding.unsupported')
    return new Refusal('MEDIA_TYPE_UNSUPPORTED', 'bodies are taken without Content-Encoding');
  if (status >= 400 && status < 500)
    return new Refusal('INVALID_ARGUMENT', 'the request is malformed', { cause: error });
  return undefined;
}

/** Everything that can be thrown, as an error with a code. */
export function asBiotError(error: unknown): BiotError {
  if (error instanceof BiotError) return error;
  const refusal = error instanceof Error ? fromExpress(error) : undefined;
  return refusal ?? new BiotError('INTERNAL', 'unexpected failure', { cause: error });
}

/** Answers with a problem document. Causes and stacks go to the log, under the id that the document names. */
export function problemHandler({ log, metrics }: { log: Logger; metrics: Metrics }): ErrorRequestHandler {
  return (thrown: unknown, request, response, next) => {
    const error = asBiotError(thrown);
    const { id } = contextOf(request);
    const problem = problemOf(error, id);
    metrics.problem(problem.code);
    if (problem.status >= 500) log.error({ id, code: error.code, err: error }, 'request failed');
    // Half an answer is out: all that is left is to break it off, so that it is not taken for a whole one.
    if (response.headersSent) {
      response.destroy();
      next();
      return;
    }
    if (error instanceof Refusal) setHeaders(response, error.details.headers ?? {});
    response.status(problem.status).type(PROBLEM_MEDIA_TYPE).send(JSON.stringify(problem));
  };
}

function setHeaders(response: Response, headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
}

/**
 * Routes as data: one definition validates a request, types its handler, and documents both. Whatever a route does
 * not describe is refused: a field, a query parameter, a body.
 */
import type { z } from 'zod';

import type { ErrorCode } from '../../chaincode/protocol/errors.ts';
import type { Parts } from '../parts.ts';
import type { Access } from './access.ts';
import type { Exchange } from './exchange.ts';
import { readJson, refuseBody } from './json-body.ts';
import type { LargeBody } from './large-bodies.ts';
import { Refusal } from './problem.ts';
import { invalidRequest, type RawParts } from './validation.ts';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** A body that the handler reads as bytes by itself, because a signature or a binary form depends on them. */
export interface BytesBody {
  readonly mediaTypes: readonly string[];
  readonly description: string;
  /** What the bytes decode to. */
  readonly schema: z.ZodType;
  /** Read by the handler as it comes: a body of any size, in no more memory than a small one. */
  readonly streamed?: true;
}

export interface Answer<Schema extends z.ZodType> {
  readonly status: 200 | 201 | 202 | 204;
  readonly description: string;
  /** What it means when there is nothing to answer: then it is 204. */
  readonly nothing?: string;
  /** `z.undefined()` for an answer without a body. */
  readonly schema: Schema;
  /** `application/json` unless stated. */
  readonly mediaTypes?: readonly string[];
}

/** What a definition's schema and access check made of a request. */
export interface Asked<Request extends z.ZodObject, Caller> {
  readonly request: z.output<Request>;
  readonly caller: Caller;
  readonly exchange: Exchange;
  readonly parts: Parts;
}

interface Documented {
  readonly method: Method;
  /** As OpenAPI writes it: `/api/v1/devices/{id}`. */
  readonly path: string;
  readonly tag: string;
  /** Unique name of the operation, for generated clients. */
  readonly operation: string;
  readonly summary: string;
  readonly description: string;
  readonly bytesBody?: BytesBody;
  /** The largest body; 64 kB unless stated. */
  readonly maximumBytes?: number;
  /**
   * Of a body that is large, the request's or the answer's: the caller is admitted before the request's is read, too, and
   * only to few of them at a time. Nobody else may fill our memory with large ones, nor one caller with many.
   */
  readonly large?: LargeBody;
  /**
   * Whether each request is an entry of the audit trail. Unless stated, whatever is not a GET; of others, refusals alone
   * are counted.
   */
  readonly audited?: boolean;
  /** Codes that this route answers with, beyond those of its access and of validation. */
  readonly refusals: readonly ErrorCode[];
}

export interface Definition<
  Request extends z.ZodObject,
  Schema extends z.ZodType,
  Caller,
> extends Documented {
  readonly access: Access<Caller>;
  /** A strict object with `params`, `query` (strict objects of texts) and `body` (JSON), as far as there are any. */
  readonly request: Request;
  readonly answer: Answer<Schema>;
  readonly handle: (asked: Asked<Request, Caller>) => Promise<z.input<Schema>> | z.input<Schema>;
  /** Who a request says to be from, where nobody need prove it before: for the audit trail. */
  readonly claims?: (request: z.output<Request>) => string;
}

/** A definition whose types have done their work: what the router mounts and the document describes. */
export interface Route extends Documented {
  readonly audited: boolean;
  readonly access: Omit<Access<unknown>, 'admit'>;
  readonly request: z.ZodObject;
  readonly answer: Answer<z.ZodType>;
  /** @throws BiotError with one of the refusals of its access */
  readonly admit: (exchange: Exchange, parts: Parts) => Promise<unknown>;
  /** Admits the caller, checks the request, and gives the answer's body. */
  readonly serve: (
    exchange: Exchange,
    raw: { params: object; query: object },
    parts: Parts,
  ) => Promise<unknown>;
}

export function defineRoute<Request extends z.ZodObject, Schema extends z.ZodType, Caller>(
  definition: Definition<Request, Schema, Caller>,
): Route {
  const { handle, claims, ...documented } = definition;
  return {
    ...documented,
    audited: definition.audited ?? definition.method !== 'get',
    admit: async (exchange, parts) => definition.access.admit(exchange, parts),
    async serve(exchange, { params, query }, parts) {
      const caller = await definition.access.admit(exchange, parts);
      const request = definition.request.safeParse(partsOf(definition, exchange, { params, query }));
      if (!request.success) throw invalidRequest(request.error);
      exchange.asks(request.data, claims?.(request.data));
      const answer = await handle({ request: request.data, caller, exchange, parts });
      if (parts.checkAnswers) conforms(definition.answer.schema, answer);
      return answer;
    },
  };
}

/** A part that the schema does not name is handed on only when it is not empty, for the schema to refuse it. */
function partsOf(
  { request, bytesBody }: Pick<Route, 'request' | 'bytesBody'>,
  exchange: Exchange,
  { params, query }: { params: object; query: object },
): RawParts {
  const raw: RawParts = {};
  if ('params' in request.shape || Object.keys(params).length > 0) raw.params = params;
  if ('query' in request.shape || Object.keys(query).length > 0) raw.query = query;
  if ('body' in request.shape) raw.body = readJson(exchange);
  else if (bytesBody === undefined) refuseBody(exchange);
  return raw;
}

function conforms(schema: z.ZodType, answer: unknown): void {
  const checked = schema.safeParse(answer);
  if (!checked.success)
    throw new Refusal('INTERNAL', 'the answer is not as documented', { cause: checked.error });
}

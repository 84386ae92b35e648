import { SqlError } from 'mariadb';
import { BaseError, ConnectionError } from 'sequelize';
import { ZodError } from 'zod';

import { BiotError } from '../chaincode/protocol/errors.ts';

/** Server errors that pass by themselves: too many connections, shutting down, read only, disk full. */
const TEMPORARY: ReadonlySet<number> = new Set([1021, 1040, 1053, 1203, 1226, 1290, 1836]);

/** The connector's own words for a connection that could not be had, or broke. */
const CONNECTION_LOST: ReadonlySet<string> = new Set([
  'ER_CMD_CONNECTION_CLOSED',
  'ER_CMD_NOT_EXECUTED_DESTROYED',
  'ER_CONNECTION_ALREADY_CLOSED',
  'ER_CONNECTION_TIMEOUT',
  'ER_GET_CONNECTION_TIMEOUT',
  'ER_INITIAL_TIMEOUT_ERROR',
  'ER_PING_TIMEOUT',
  'ER_POOL_ALREADY_CLOSED',
  'ER_POOL_NO_CONNECTION',
  'ER_SOCKET_TIMEOUT',
  'ER_SOCKET_UNEXPECTED_CLOSE',
]);

function sqlErrorOf(error: unknown): SqlError | undefined {
  if (error instanceof SqlError) return error;
  return error instanceof BaseError && 'parent' in error ? sqlErrorOf(error.parent) : undefined;
}

function isUnavailable(error: SqlError | BaseError): boolean {
  const origin = sqlErrorOf(error);
  if (origin === undefined) return error instanceof ConnectionError;
  return origin.fatal || TEMPORARY.has(origin.errno) || CONNECTION_LOST.has(origin.code ?? '');
}

/**
 * What the platform says about a failed query: DATABASE_UNAVAILABLE when the server cannot be reached or asks for
 * patience, INTERNAL when it refused the query or its rows are not what they should be. Errors that did not come from
 * the database are given back as they are.
 */
export function databaseError(error: unknown): Error {
  if (error instanceof ZodError)
    return new BiotError('INTERNAL', 'the database holds what cannot be', { cause: error });
  if (error instanceof SqlError || error instanceof BaseError) {
    return isUnavailable(error)
      ? new BiotError('DATABASE_UNAVAILABLE', 'the database does not answer', { cause: error })
      : new BiotError('INTERNAL', 'the database refused a query', { cause: error });
  }
  return error instanceof Error ? error : new BiotError('INTERNAL', String(error));
}

import { SqlError } from 'mariadb';
import { BaseError, ConnectionError } from 'sequelize';
import { ZodError } from 'zod';

import { BiotError } from '../chaincode/protocol/errors.ts';

/** Server errors that pass by themselves: too many connections, shutting down, read only, disk full. */
const TEMPORARY: ReadonlySet<number> = new Set([1021, 1040, 1053, 1203, 1226, 1290, 1836]);

/** The connector's own words for a connection that could not be had, or broke. */
const LOST: ReadonlySet<string> = new Set([
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

/** Errors of the connector: its own, and those of Node.js that it passes on with fields of its own added. */
function isConnectorError(error: unknown): error is Error & { fatal: boolean } {
  return error instanceof Error && 'sqlState' in error && 'fatal' in error;
}

/** What lies under an error of Sequelize. */
function originOf(error: unknown): unknown {
  return error instanceof BaseError && 'parent' in error ? error.parent : error;
}

function isUnavailable(origin: unknown): boolean {
  if (!isConnectorError(origin)) return false;
  const known = origin instanceof SqlError && (TEMPORARY.has(origin.errno) || LOST.has(origin.code ?? ''));
  return origin.fatal || known;
}

/**
 * What the platform says about a failed query: DATABASE_UNAVAILABLE when the server cannot be reached or asks for
 * patience, INTERNAL when it refused the query or its rows are not what they should be. Errors that did not come from
 * the database are given back as they are.
 */
export function databaseError(error: unknown): Error {
  if (error instanceof ConnectionError || isUnavailable(originOf(error)))
    return new BiotError('DATABASE_UNAVAILABLE', 'the database does not answer', { cause: error });
  if (error instanceof ZodError)
    return new BiotError('INTERNAL', 'the database holds what cannot be', { cause: error });
  if (isConnectorError(error) || error instanceof BaseError)
    return new BiotError('INTERNAL', 'the database refused a query', { cause: error });
  return error instanceof Error ? error : new BiotError('INTERNAL', String(error));
}

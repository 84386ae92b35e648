/** Problem documents (RFC 9457): the one form in which the gateway refuses or fails. */
import { z } from 'zod';

import { BiotError, ERROR_CODES, type ErrorCode } from '../../chaincode/protocol/errors.ts';

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

interface Meaning {
  status: number;
  title: string;
}

/** What each code means over HTTP. A record, so that a code added to the protocol cannot be forgotten here. */
export const MEANINGS: Readonly<Record<ErrorCode, Meaning>> = {
  INVALID_ARGUMENT: { status: 400, title: 'The request does not fit its description' },
  BODY_TOO_LARGE: { status: 413, title: 'The body is too large' },
  MEDIA_TYPE_UNSUPPORTED: { status: 415, title: 'This kind of body is not understood' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'Not this method here' },
  MESSAGE_MALFORMED: { status: 400, title: 'The message cannot be read' },
  MESSAGE_TOO_LARGE: { status: 413, title: 'The message is too large' },
  SENSOR_UNKNOWN: { status: 422, title: 'There is no such sensor' },
  VALUE_INVALID: { status: 422, title: 'A value is not valid' },
  TIMESTAMP_OUT_OF_RANGE: { status: 422, title: 'The timestamp is not accepted' },
  TOPIC_INVALID: { status: 400, title: 'The topic is not valid' },
  NOT_FOUND: { status: 404, title: 'Not found' },
  UNAUTHENTICATED: { status: 401, title: 'Sign in first' },
  TOKEN_INVALID: { status: 401, title: 'The token is not valid' },
  TOKEN_EXPIRED: { status: 401, title: 'The token has expired' },
  FORBIDDEN: { status: 403, title: 'Not allowed' },
  PREPARED_DIFFERS: { status: 500, title: 'What was prepared for signing is not what was asked for' },
  RATE_LIMITED: { status: 429, title: 'Too many requests' },
  DEVICE_UNKNOWN: { status: 404, title: 'The ledger does not know this device' },
  DEVICE_NOT_ACTIVE: { status: 403, title: 'The device is not active' },
  DEVICE_EXISTS: { status: 409, title: 'There is such a device already' },
  DEVICE_BUSY: { status: 409, title: 'Somebody else changed the device at the same time' },
  TENANT_MISMATCH: { status: 403, title: 'The device belongs to another tenant' },
  KEY_INVALID: { status: 400, title: 'The key is not valid' },
  KEY_TAKEN: { status: 409, title: 'Another device has this key' },
  TRANSITION_ILLEGAL: { status: 409, title: 'It cannot go there from the status that it has' },
  VERSION_CONFLICT: { status: 409, title: 'Somebody else has changed it since' },
  SEQUENCE_CONFLICT: { status: 409, title: 'Another message has this sequence number' },
  COMMAND_UNKNOWN: { status: 404, title: 'The ledger does not know this command' },
  COMMAND_EXPIRED: { status: 409, title: 'The lifetime of this command is over' },
  PARAMETERS_INVALID: { status: 400, title: 'The command does not take these parameters' },
  FIRMWARE_INVALID: { status: 422, title: 'The image or its signature is not that of the release' },
  TYPE_UNKNOWN: { status: 404, title: 'The ledger does not know this type of device' },
  CODE_REDEEMED: { status: 409, title: 'The code was redeemed before' },
  CODE_WITHDRAWN: { status: 410, title: 'The code was withdrawn' },
  CODE_EXPIRED: { status: 410, title: 'The code has expired' },
  POLICY_CONFLICT: { status: 409, title: 'The rules have changed since' },
  POLICY_LOCKOUT: { status: 409, title: 'Nobody could undo this change' },
  PROPOSAL_EXPIRED: { status: 410, title: 'The proposal has expired' },
  ANCHOR_CONFLICT: { status: 409, title: 'Another header is anchored here' },
  ANCHOR_GAP: { status: 409, title: 'A header is missing before this one' },
  EVIDENCE_INVALID: { status: 500, title: 'The stored data contradicts itself' },
  NOT_ANCHORED: { status: 409, title: 'Not on the ledger yet' },
  LEDGER_UNAVAILABLE: { status: 503, title: 'The ledger cannot be reached' },
  LEDGER_STALE: { status: 503, title: 'The ledger has been silent for too long' },
  LEDGER_EVALUATE_FAILED: { status: 502, title: 'The ledger could not answer' },
  LEDGER_ENDORSE_FAILED: { status: 502, title: 'The organisations did not endorse the transaction' },
  LEDGER_SUBMIT_FAILED: { status: 502, title: 'The transaction could not be handed to the orderers' },
  LEDGER_COMMIT_UNKNOWN: { status: 504, title: 'It is not known whether the transaction was committed' },
  LEDGER_COMMIT_INVALID: { status: 409, title: 'The transaction was committed as invalid' },
  LEDGER_TIMEOUT: { status: 504, title: 'The ledger did not answer in time' },
  DATABASE_UNAVAILABLE: { status: 503, title: 'The database cannot be reached' },
  BROKER_UNAVAILABLE: { status: 503, title: 'The broker cannot be reached' },
  ISSUER_UNAVAILABLE: { status: 503, title: 'The issuer of device certificates cannot be reached' },
  NOT_SET_UP: { status: 500, title: 'The installation is not complete' },
  SETUP_FAILED: { status: 500, title: 'The installation failed' },
  PROCESS_FAILED: { status: 500, title: 'A process failed' },
  PORT_TAKEN: { status: 500, title: 'A port is taken' },
  CONFIGURATION_INVALID: { status: 500, title: 'The configuration is not valid' },
  STORE_CORRUPT: { status: 500, title: 'A file is damaged' },
  STORE_FULL: { status: 500, title: 'A store is full' },
  INTERNAL: { status: 500, title: 'Something went wrong in the gateway' },
};

export const fieldErrorSchema = z
  .strictObject({
    in: z.enum(['path', 'query', 'body']),
    pointer: z.string().meta({
      description: 'JSON Pointer (RFC 6901) as a URI fragment',
      examples: ['#/devices/0/publicKey'],
    }),
    detail: z.string(),
  })
  .meta({ id: 'FieldError', description: 'One field that does not fit' });
export type FieldError = z.infer<typeof fieldErrorSchema>;

export const checksSchema = z
  .strictObject({
    ledger: z.enum(['ok', 'failing']),
    database: z.enum(['ok', 'failing']),
    broker: z.enum(['ok', 'failing']),
  })
  .meta({ id: 'Checks', description: 'The servers that the gateway needs' });
export type Checks = z.infer<typeof checksSchema>;

export const problemSchema = z
  .strictObject({
    type: z.string().meta({ description: 'Where the code is explained', examples: ['/docs#code-NOT_FOUND'] }),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string(),
    code: z.enum(ERROR_CODES).meta({ id: 'ErrorCode' }),
    instance: z.string().meta({ description: 'This occurrence: the request’s id, as the log has it' }),
    errors: z.array(fieldErrorSchema).optional(),
    checks: checksSchema.optional(),
  })
  .meta({ id: 'Problem', description: 'A refusal or failure (RFC 9457)' });
export type Problem = z.infer<typeof problemSchema>;

interface RefusalDetails {
  cause?: unknown;
  /** Where the code means something else than usual; see `Access.statuses`. */
  status?: number;
  errors?: FieldError[];
  checks?: Checks;
  headers?: Readonly<Record<string, string>>;
}

/** A `BiotError` with what only HTTP can say. */
export class Refusal extends BiotError {
  readonly details: RefusalDetails;

  constructor(code: ErrorCode, message: string, details: RefusalDetails = {}) {
    super(code, message, details.cause === undefined ? {} : { cause: details.cause });
    this.name = 'Refusal';
    this.details = details;
  }
}

/**
 * These quote what other servers said (addresses, paths, SQL), which is for the log: people are told what follows
 * from it, whether something was to be read or changed. The contracts' own refusals have codes of their own.
 */
const FIXED_DETAILS: Partial<Record<ErrorCode, string>> = {
  DATABASE_UNAVAILABLE: 'Try again in a moment; npm run status tells which process is down.',
  BROKER_UNAVAILABLE: 'Try again in a moment; npm run status tells which process is down.',
  ISSUER_UNAVAILABLE: 'Ask again in a moment, with the same key: what was redeemed is not lost.',
  LEDGER_UNAVAILABLE:
    'Nothing was read or changed. Try again in a moment; npm run status tells which process is down.',
  LEDGER_TIMEOUT: 'Nothing was read or changed. Try again in a moment.',
  LEDGER_EVALUATE_FAILED: 'Our organisation’s peer has the ledger, but its contracts did not answer.',
  LEDGER_ENDORSE_FAILED:
    'Nothing was read or changed: too few organisations’ peers ran the contract and came to the same.',
  LEDGER_SUBMIT_FAILED: 'It may take effect all the same: look before you try again.',
  LEDGER_COMMIT_UNKNOWN: 'It may take effect all the same: look before you try again.',
};
const INTERNAL_DETAIL = 'The gateway’s log has the cause under the id in "instance".';

function detailOf(error: BiotError, status: number): string {
  const fixed = FIXED_DETAILS[error.code];
  if (error instanceof Refusal || fixed === undefined) {
    return status === 500 && error.code !== 'EVIDENCE_INVALID' ? INTERNAL_DETAIL : error.message;
  }
  return fixed;
}

/** @param requestId a UUID */
export function problemOf(error: BiotError, requestId: string): Problem {
  const details: RefusalDetails = error instanceof Refusal ? error.details : {};
  const { title, status: usual } = MEANINGS[error.code];
  const status = details.status ?? usual;
  return {
    type: `/docs#code-${error.code}`,
    title,
    status,
    detail: detailOf(error, status),
    code: error.code,
    instance: `urn:uuid:${requestId}`,
    ...(details.errors === undefined ? {} : { errors: details.errors }),
    ...(details.checks === undefined ? {} : { checks: details.checks }),
  };
}

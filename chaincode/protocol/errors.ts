/**
 * Every refusal and failure that one part of the platform reports to another, as a closed list.
 * Codes are part of the interface: they reach devices (receipts), people (problem documents) and contracts'
 * callers. Add a code here before throwing it; never reuse one with another meaning.
 */
export const ERROR_CODES = [
  // The caller's input
  'INVALID_ARGUMENT',
  'BODY_TOO_LARGE',
  'MEDIA_TYPE_UNSUPPORTED',
  'METHOD_NOT_ALLOWED',
  'MESSAGE_MALFORMED',
  'MESSAGE_TOO_LARGE',
  'SENSOR_UNKNOWN',
  'VALUE_INVALID',
  'TIMESTAMP_OUT_OF_RANGE',
  'TOPIC_INVALID',
  'NOT_FOUND',
  // Who the caller is
  'UNAUTHENTICATED',
  'TOKEN_INVALID',
  'TOKEN_EXPIRED',
  'FORBIDDEN',
  'RATE_LIMITED',
  // Signing away from the gateway
  'PREPARED_DIFFERS',
  // Devices
  'DEVICE_UNKNOWN',
  'DEVICE_NOT_ACTIVE',
  'DEVICE_EXISTS',
  'DEVICE_BUSY',
  'TENANT_MISMATCH',
  'KEY_INVALID',
  'KEY_TAKEN',
  'TRANSITION_ILLEGAL',
  'SEQUENCE_CONFLICT',
  'VERSION_CONFLICT',
  'TYPE_UNKNOWN',
  // Onboarding
  'CODE_REDEEMED',
  'CODE_WITHDRAWN',
  'CODE_EXPIRED',
  // Commands
  'COMMAND_UNKNOWN',
  'COMMAND_EXPIRED',
  'PARAMETERS_INVALID',
  // Firmware
  'FIRMWARE_INVALID',
  // Policies
  'POLICY_CONFLICT',
  'POLICY_LOCKOUT',
  'PROPOSAL_EXPIRED',
  // Anchors and evidence
  'ANCHOR_CONFLICT',
  'ANCHOR_GAP',
  'EVIDENCE_INVALID',
  'NOT_ANCHORED',
  // The ledger, told apart by the phase that failed
  'LEDGER_UNAVAILABLE',
  'LEDGER_STALE',
  'LEDGER_EVALUATE_FAILED',
  'LEDGER_ENDORSE_FAILED',
  'LEDGER_SUBMIT_FAILED',
  'LEDGER_COMMIT_UNKNOWN',
  'LEDGER_COMMIT_INVALID',
  'LEDGER_TIMEOUT',
  // Other servers and the installation
  'DATABASE_UNAVAILABLE',
  'BROKER_UNAVAILABLE',
  'ISSUER_UNAVAILABLE',
  'NOT_SET_UP',
  'SETUP_FAILED',
  'PROCESS_FAILED',
  'PORT_TAKEN',
  'CONFIGURATION_INVALID',
  'STORE_CORRUPT',
  'STORE_FULL',
  'INTERNAL',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

const KNOWN: ReadonlySet<string> = new Set(ERROR_CODES);

export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && KNOWN.has(value);
}

/** The one error class that crosses module boundaries. `message` says what to do; `cause` keeps the origin. */
export class BiotError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'BiotError';
    this.code = code;
  }
}

/** A contract's refusal travels through Fabric as the text of an error: this is its form. */
export function encodeContractError(error: { code: ErrorCode; message: string }): string {
  return JSON.stringify({ code: error.code, message: error.message });
}

/**
 * Reads a contract's refusal out of the text that Fabric made of it. Peers wrap it ("chaincode response 500, …") and
 * put what they like around it, so the first JSON object of that form is looked for; without one: undefined.
 */
export function decodeContractError(text: string): { code: ErrorCode; message: string } | undefined {
  const start = text.indexOf('{"code":');
  if (start < 0) return undefined;
  // The message may hold braces itself: the object ends at the first one that makes it whole.
  for (let end = text.indexOf('}', start); end >= 0; end = text.indexOf('}', end + 1)) {
    const parsed = parseJson(text.slice(start, end + 1));
    if (parsed !== undefined) return refusalOf(parsed);
  }
  return undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refusalOf(parsed: unknown): { code: ErrorCode; message: string } | undefined {
  if (typeof parsed !== 'object' || parsed === null || !('code' in parsed) || !('message' in parsed))
    return undefined;
  const { code, message } = parsed;
  return isErrorCode(code) && typeof message === 'string' ? { code, message } : undefined;
}

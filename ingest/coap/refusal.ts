import type { ErrorCode } from '../../chaincode/protocol/errors.ts';
import { RETRYABLE } from '../../chaincode/protocol/receipt.ts';
import type { CoapReply, ReplyCode } from './exchange.ts';

const CODES: Partial<Readonly<Record<ErrorCode, ReplyCode>>> = {
  MESSAGE_MALFORMED: '4.00',
  MESSAGE_TOO_LARGE: '4.13',
  TOKEN_INVALID: '4.01',
  TOKEN_EXPIRED: '4.01',
  DEVICE_NOT_ACTIVE: '4.03',
  DEVICE_UNKNOWN: '4.03',
  COMMAND_UNKNOWN: '4.04',
  NOT_FOUND: '4.04',
  TRANSITION_ILLEGAL: '4.09',
  RATE_LIMITED: '4.29',
};

export function codeOf(code: ErrorCode): ReplyCode {
  return RETRYABLE.includes(code) ? '5.03' : (CODES[code] ?? '4.22');
}

export function refusal({ code, message }: { code: ErrorCode; message: string }): CoapReply {
  return { code: codeOf(code), contentFormat: 'json', payload: JSON.stringify({ code, message }) };
}

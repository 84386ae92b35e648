import type { ErrorCode } from '../../chaincode/protocol/errors.ts';

/** Reason codes of a PUBACK, MQTT 5 section 3.4.2.1. */
const NO_MATCHING_SUBSCRIBERS = 0x10;
const FAILURE = 0x80;
const NOT_AUTHORIZED = 0x87;

/** Why something does not get through. */
export interface Problem {
  readonly code: ErrorCode;
  readonly message: string;
}

/** What the broker says with its answer to a message; undefined when somebody has got it. */
export function problemOf(reasonCode: number): Problem | undefined {
  const hex = `0x${reasonCode.toString(16)}`;
  if (reasonCode === NO_MATCHING_SUBSCRIBERS)
    return { code: 'BROKER_UNAVAILABLE', message: 'nobody behind the broker takes telemetry at present' };
  if (reasonCode === NOT_AUTHORIZED)
    return {
      code: 'FORBIDDEN',
      message: 'the broker does not let this device publish for its tenant and id',
    };
  if (reasonCode >= FAILURE)
    return { code: 'BROKER_UNAVAILABLE', message: `the broker refuses a message: ${hex}` };
  return undefined;
}

import { z } from 'zod';

import { BiotError } from '../chaincode/protocol/errors.ts';
import { memberNameSchema } from '../chaincode/protocol/identifiers.ts';
import { certificateSuffices } from '../network/device-token/certificate-suffices.ts';

function whole(usual: number, minimum: number, maximum: number) {
  return z.coerce.number().int().min(minimum).max(maximum).default(usual);
}

/** The gateway's environment. Each variable is documented where it is declared; `BIOT_HOME` gives paths and ports. */
const environmentSchema = z.object({
  BIOT_GATEWAY_MEMBER: memberNameSchema.default('gateway@operator').meta({
    title: 'Member',
    description: 'The service member as which the gateway reads the ledger, through its organisation’s peer',
  }),
  BIOT_GATEWAY_SILENCE_BOUND: whole(5, 1, 3_600).meta({
    title: 'Silence bound in seconds',
    description: 'How old the copy of the registry may be before questions about devices are refused',
  }),
  BIOT_GATEWAY_REQUESTS_PER_MINUTE: whole(6_000, 1, 10_000_000).meta({
    title: 'Requests per minute',
    description: 'How many requests to the API are taken from one network (IPv4 address, IPv6 /64)',
  }),
  BIOT_ONBOARDING_REQUESTS_PER_MINUTE: whole(60, 1, 100_000).meta({
    title: 'Onboarding requests per minute',
    description: 'How many requests of devices without a certificate are taken from one network',
  }),
  BIOT_BROKER_HOST: z
    .string()
    .regex(/^[A-Za-z0-9.:-]{1,253}$/)
    .default('127.0.0.1')
    .meta({
      title: 'Host of the broker',
      description: 'Name or address under which devices reach the broker; new devices are told',
    }),
  BIOT_CERTIFICATE_SUFFICES: certificateSuffices,
  BIOT_SESSION_IDLE_MINUTES: whole(60, 1, 1_440).meta({
    title: 'Idle time of a session in minutes',
    description: 'A session ends when it was not used for so long',
  }),
  BIOT_SESSION_HOURS: whole(12, 1, 168).meta({
    title: 'Length of a session in hours',
    description: 'After so long a person must sign in again, however busy',
  }),
  BIOT_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info').meta({
    title: 'Log level',
    description: 'The least that is logged',
  }),
});

export interface GatewayConfig {
  readonly member: string;
  readonly silenceBoundMs: number;
  readonly requestsPerMinute: number;
  readonly onboardingPerMinute: number;
  readonly brokerHost: string;
  readonly certificateSuffices: boolean;
  readonly sessionIdleMs: number;
  readonly sessionMs: number;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
}

/** @throws BiotError CONFIGURATION_INVALID naming the variable that is wrong */
export function readConfig(environment: NodeJS.ProcessEnv): GatewayConfig {
  const parsed = environmentSchema.safeParse(environment);
  if (!parsed.success) {
    throw new BiotError('CONFIGURATION_INVALID', z.prettifyError(parsed.error), { cause: parsed.error });
  }
  const variables = parsed.data;
  return {
    member: variables.BIOT_GATEWAY_MEMBER,
    silenceBoundMs: variables.BIOT_GATEWAY_SILENCE_BOUND * 1_000,
    requestsPerMinute: variables.BIOT_GATEWAY_REQUESTS_PER_MINUTE,
    onboardingPerMinute: variables.BIOT_ONBOARDING_REQUESTS_PER_MINUTE,
    brokerHost: variables.BIOT_BROKER_HOST,
    certificateSuffices: variables.BIOT_CERTIFICATE_SUFFICES,
    sessionIdleMs: variables.BIOT_SESSION_IDLE_MINUTES * 60_000,
    sessionMs: variables.BIOT_SESSION_HOURS * 3_600_000,
    logLevel: variables.BIOT_LOG_LEVEL,
  };
}

import { z } from 'zod';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { memberNameSchema } from '../../chaincode/protocol/identifiers.ts';

/** The guard's environment. Each variable is documented where it is declared; `BIOT_HOME` gives all paths and ports. */
const environmentSchema = z.object({
  BIOT_GUARD_MEMBER: memberNameSchema.default('guard@operator').meta({
    title: 'Member',
    description: 'The service member as which the guard reads the ledger',
  }),
  BIOT_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info').meta({
    title: 'Log level',
    description: 'The least that is logged',
  }),
});

export interface GuardConfig {
  readonly member: string;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
}

/** @throws BiotError CONFIGURATION_INVALID naming the variable that is wrong */
export function readConfig(environment: NodeJS.ProcessEnv): GuardConfig {
  const parsed = environmentSchema.safeParse(environment);
  if (!parsed.success) {
    throw new BiotError('CONFIGURATION_INVALID', z.prettifyError(parsed.error), { cause: parsed.error });
  }
  return { member: parsed.data.BIOT_GUARD_MEMBER, logLevel: parsed.data.BIOT_LOG_LEVEL };
}

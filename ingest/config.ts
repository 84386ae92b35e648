import { z } from 'zod';

import { BiotError } from '../chaincode/protocol/errors.ts';
import { logIdSchema } from '../chaincode/protocol/identifiers.ts';
import { certificateSuffices } from '../network/device-token/certificate-suffices.ts';

/** The worker's environment. Each variable is documented where it is declared; `BIOT_HOME` gives all paths and ports. */
const environmentSchema = z.object({
  BIOT_INGEST_MEMBER: logIdSchema.default('ingest-1@operator').meta({
    title: 'Member',
    description:
      'The member that signs anchors; its name is also the name of the log that this worker writes',
  }),
  BIOT_EARLIEST_INSTANT: z.iso.datetime().default('2000-01-01T00:00:00Z').meta({
    title: 'Earliest accepted instant',
    description: 'Readings from before are refused; the default takes years of history',
  }),
  BIOT_CERTIFICATE_SUFFICES: certificateSuffices,
  BIOT_RETENTION_DAYS: z.coerce.number().int().min(0).max(36_500).default(0).meta({
    title: 'Retention in days',
    description: 'Partitions that are older are dropped, and older readings refused; 0 keeps everything',
  }),
  BIOT_INGEST_SILENCE_BOUND: z.coerce.number().int().min(1).max(2_592_000).default(86_400).meta({
    title: 'Silence bound in seconds',
    description: 'How long telemetry of active devices is still taken when the ledger is not heard of',
  }),
  BIOT_BATCH_MESSAGES: z.coerce.number().int().min(1).max(8_192).default(2_048).meta({
    title: 'Messages in a batch',
    description:
      'A batch is written when it has so many; half of what the broker may leave unacknowledged, so that one fills while another is written',
  }),
  BIOT_BATCH_AGE_MS: z.coerce.number().int().min(0).max(10_000).default(50).meta({
    title: 'Age of a batch in milliseconds',
    description: 'A batch is written when its first message has waited so long',
  }),
  BIOT_ANCHOR_INTERVAL_MS: z.coerce.number().int().min(0).max(60_000).default(500).meta({
    title: 'Anchoring interval in milliseconds',
    description: 'Batches that are sealed within it go to the ledger in one transaction',
  }),
  BIOT_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info').meta({
    title: 'Log level',
    description: 'The least that is logged',
  }),
});

export interface IngestConfig {
  readonly member: string;
  /** Milliseconds since the Unix epoch. */
  readonly earliest: number;
  readonly certificateSuffices: boolean;
  readonly retentionDays: number;
  readonly silenceBoundMs: number;
  readonly batchMessages: number;
  readonly batchAgeMs: number;
  readonly anchorIntervalMs: number;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
}

/** @throws BiotError CONFIGURATION_INVALID naming the variable that is wrong */
export function readConfig(environment: NodeJS.ProcessEnv): IngestConfig {
  const parsed = environmentSchema.safeParse(environment);
  if (!parsed.success) {
    throw new BiotError('CONFIGURATION_INVALID', z.prettifyError(parsed.error), { cause: parsed.error });
  }
  const variables = parsed.data;
  return {
    member: variables.BIOT_INGEST_MEMBER,
    earliest: Date.parse(variables.BIOT_EARLIEST_INSTANT),
    certificateSuffices: variables.BIOT_CERTIFICATE_SUFFICES,
    retentionDays: variables.BIOT_RETENTION_DAYS,
    silenceBoundMs: variables.BIOT_INGEST_SILENCE_BOUND * 1000,
    batchMessages: variables.BIOT_BATCH_MESSAGES,
    batchAgeMs: variables.BIOT_BATCH_AGE_MS,
    anchorIntervalMs: variables.BIOT_ANCHOR_INTERVAL_MS,
    logLevel: variables.BIOT_LOG_LEVEL,
  };
}

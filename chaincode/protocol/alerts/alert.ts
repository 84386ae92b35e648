import { z } from 'zod';

import { deviceIdSchema, tenantSchema } from '../identifiers.ts';
import { instantSchema } from '../message.ts';
import { alertStepSchema } from './life-cycle.ts';
import { severitySchema } from './severity.ts';

/** 63 bits: more than a JSON number holds, hence text. */
export const alertIdSchema = z
  .string()
  .regex(/^[1-9]\d{0,18}$/, { error: 'expected an alert’s id', abort: true })
  .refine((text) => BigInt(text) < 2n ** 63n, 'expected an alert’s id')
  .meta({ id: 'AlertId', examples: ['17'] });

/** What is told live whenever something becomes of an alert. */
export const alertNewsSchema = z
  .strictObject({
    id: alertIdSchema,
    device: deviceIdSchema.nullable(),
    tenant: tenantSchema,
    type: z.string(),
    severity: severitySchema,
    step: alertStepSchema,
    at: instantSchema,
  })
  .meta({ id: 'AlertNews' });
export type AlertNews = z.infer<typeof alertNewsSchema>;

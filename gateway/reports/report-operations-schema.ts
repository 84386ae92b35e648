import { z } from 'zod';

import { rolloutStateSchema, updateStateSchema } from '../../chaincode/protocol/firmware/rollout-state.ts';
import { instantSchema } from '../../chaincode/protocol/message.ts';
import { count, deedSchema, entriesSchema, text } from './report-entries-schema.ts';

const rolloutSchema = z
  .strictObject({
    id: text,
    tenant: text,
    type: text,
    version: text.nullable(),
    state: rolloutStateSchema.meta({ description: 'Now' }),
    createdBy: text.nullable(),
    changedBy: text.nullable().meta({ description: 'Who paused, resumed or cancelled it last' }),
    createdAt: instantSchema,
    startedAt: instantSchema.nullable(),
    finishedAt: instantSchema.nullable(),
    reason: text.nullable().meta({ description: 'Why it stopped, was paused or cancelled' }),
    devices: count,
    succeeded: count,
    failed: count,
    rolledBack: count,
    untold: count.meta({ description: 'Devices that it ended without' }),
  })
  .meta({ id: 'ReportedRollout' });
export type ReportedRollout = z.infer<typeof rolloutSchema>;

export const rolloutsSchema = z
  .strictObject({
    created: count,
    started: count,
    finished: count,
    stopped: count,
    cancelled: count,
    devices: z
      .array(z.strictObject({ state: updateStateSchema, number: count }))
      .meta({ description: 'Of the rollouts that started in the period, by their state now' }),
    listed: z
      .array(rolloutSchema)
      .meta({ description: 'Those that were created, began or ended in the period, the newest first' }),
    listedCut: z.boolean().meta({ description: 'Whether there are more than are listed' }),
    entries: entriesSchema.meta({
      description: 'Who did what to them; what they did by themselves is ingest’s',
    }),
  })
  .meta({ id: 'ReportedRollouts' });

const channelSchema = z
  .strictObject({
    channel: text,
    name: text,
    kind: text,
    tenant: text.nullable(),
    delivered: count.meta({ description: 'Messages that were taken' }),
    failed: count.meta({ description: 'Attempts that failed' }),
    dead: count.meta({ description: 'Messages that were given up on' }),
  })
  .meta({ id: 'ReportedChannel' });
export type ReportedChannel = z.infer<typeof channelSchema>;

export const notificationsSchema = z
  .strictObject({
    channels: z.array(channelSchema).meta({ description: 'With the most messages first' }),
    cut: z.boolean().meta({ description: 'Whether there are more than are listed' }),
  })
  .meta({
    id: 'ReportedNotifications',
    description: 'By the hour in which it happened: of the hours that began in the period',
  });

export const twinsSchema = z
  .strictObject({
    by: z
      .array(deedSchema)
      .meta({ description: 'Who changed what is wanted of devices, the most often first' }),
    byCut: z.boolean().meta({ description: 'Whether there are more than are listed' }),
    entries: entriesSchema,
  })
  .meta({ id: 'ReportedTwins' });

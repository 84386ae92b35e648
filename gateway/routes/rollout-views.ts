import { z } from 'zod';

import { type Rollout, rolloutSchema } from '../../chaincode/protocol/firmware/rollout.ts';
import { rolloutStateSchema, updateStateSchema } from '../../chaincode/protocol/firmware/rollout-state.ts';
import { deviceIdSchema } from '../../chaincode/protocol/identifiers.ts';
import { instantSchema } from '../../chaincode/protocol/message.ts';
import type { StoredRollout } from '../../sql/queries/rollouts.ts';

const count = z.int().min(0);
const countsSchema = z
  .partialRecord(updateStateSchema, count)
  .meta({ id: 'UpdateCounts', description: 'Devices by their state; states without any are left out' });

const progressSchema = z
  .strictObject({
    phase: count.meta({ description: 'The last that is open, from 1; 0 before the first' }),
    devices: count,
    counts: countsSchema,
    phases: z
      .array(z.strictObject({ phase: z.int().min(1), counts: countsSchema }))
      .meta({ description: 'Those that have devices' }),
    startedAt: instantSchema.nullable().meta({ description: 'When its devices were chosen' }),
    finishedAt: instantSchema.nullable(),
    message: z.string().nullable().meta({ description: 'Why it stopped' }),
  })
  .meta({ id: 'RolloutProgress' });

export const rolloutViewSchema = rolloutSchema
  .extend({
    state: rolloutStateSchema,
    progress: progressSchema.nullable().meta({
      description:
        'Null until ingest has read the rollout from its block, some milliseconds after it was created',
    }),
  })
  .meta({ id: 'RolloutView', description: 'A rollout, and how far it has come with its devices' });
export type RolloutView = z.infer<typeof rolloutViewSchema>;

export const rolloutDeviceSchema = z
  .strictObject({
    device: deviceIdSchema,
    phase: count,
    state: updateStateSchema,
    since: instantSchema.meta({ description: 'When it came into this state' }),
    attempts: count.meta({ description: 'How often it was told' }),
    notifiedAt: instantSchema.nullable(),
    finishedAt: instantSchema.nullable(),
    deadline: instantSchema.nullable().meta({ description: 'When it fails, if it stays in this state' }),
    message: z.string().nullable().meta({ description: 'What the device, or ingest, said' }),
    updatedAt: instantSchema,
  })
  .meta({ id: 'RolloutDevice', description: 'A device in a rollout' });

/** As the ledger has it: it knows nothing of what devices make of it. */
export function viewOfRecord(rollout: Rollout): RolloutView {
  return { ...rollout, progress: null };
}

/** As ingest has stored it. */
export function viewOfStored({ definition, state, phases, ...stored }: StoredRollout): RolloutView {
  const { phase, devices, counts, startedAt, finishedAt, message } = stored;
  return {
    ...definition,
    state,
    progress: { phase, devices, counts, phases: [...phases], startedAt, finishedAt, message },
  };
}

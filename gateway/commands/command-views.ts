import { z } from 'zod';

import { type Command, commandSchema } from '../../chaincode/protocol/command/command.ts';
import { commandStateSchema } from '../../chaincode/protocol/command/state.ts';
import {
  deviceIdSchema,
  memberNameSchema,
  transactionIdSchema,
} from '../../chaincode/protocol/identifiers.ts';
import { instantSchema } from '../../chaincode/protocol/message.ts';
import type { StoredCommandEvent } from '../../sql/queries/command-details.ts';
import type { StoredCommand } from '../../sql/queries/commands.ts';

const stepSchema = z.strictObject({ by: memberNameSchema, at: instantSchema }).meta({ id: 'CommandStep' });

const count = z.int().min(0);

export const commandViewSchema = commandSchema
  .omit({ devices: true, issued: true, decided: true, cancelled: true, expiresAt: true })
  .extend({
    state: commandStateSchema.meta({
      description:
        'What people have decided about it, as the ledger has it: a command that is not waiting for approval, refused or ' +
        'taken back stays `queued`. What became of it with its devices is in `counts`',
    }),
    devices: count.meta({ description: 'How many' }),
    counts: z
      .partialRecord(commandStateSchema, count)
      .nullable()
      .meta({
        description:
          'How many of the devices are in each state; null until ingest has read the command from its block, some ' +
          'milliseconds after it was issued',
      }),
    issued: stepSchema,
    decided: stepSchema.nullable(),
    cancelled: stepSchema.nullable(),
    expiresAt: instantSchema,
    transaction: transactionIdSchema.meta({ description: 'That issued it' }),
    block: count.nullable().meta({ description: 'Of that transaction; null as `counts` is' }),
  })
  .meta({ id: 'CommandView', description: 'A command, and how far it has come with its devices' });
export type CommandView = z.infer<typeof commandViewSchema>;

export const deliverySchema = z
  .strictObject({
    device: deviceIdSchema,
    state: commandStateSchema,
    attempts: count.meta({ description: 'How often it was handed to the broker' }),
    sentAt: instantSchema.nullable(),
    acknowledgedAt: instantSchema.nullable(),
    finishedAt: instantSchema.nullable(),
    deadline: instantSchema.meta({
      description: 'When it expires, or fails for want of a result; without meaning once it is finished',
    }),
    result: z.json().meta({ description: 'What the device gave back; null when it gave nothing' }),
    message: z.string().nullable().meta({ description: 'What the device, or ingest, said' }),
    updatedAt: instantSchema,
  })
  .meta({ id: 'CommandDelivery', description: 'A command for one of its devices' });

export const eventIdSchema = z.string().regex(/^\d{1,20}$/);

export const commandEventSchema = z
  .strictObject({
    id: eventIdSchema,
    device: deviceIdSchema.nullable().meta({ description: 'Null for a step of the command as a whole' }),
    state: commandStateSchema,
    at: instantSchema,
    actor: z.string(),
    details: z.json(),
  })
  .meta({ id: 'CommandEvent', description: 'A step: who, when, and where it led' });
type CommandEvent = z.infer<typeof commandEventSchema>;

/** As the ledger has it: it knows nothing of what devices do with it. */
export function viewOfRecord(command: Command): CommandView {
  const { devices, issued, decided, cancelled, expiresAt, ...rest } = command;
  return {
    ...rest,
    devices: devices.length,
    counts: null,
    issued: stepOf(issued),
    decided: decided === null ? null : stepOf(decided),
    cancelled: cancelled === null ? null : stepOf(cancelled),
    expiresAt: Date.parse(expiresAt),
    transaction: issued.transaction,
    block: null,
  };
}

/** As ingest has stored it. */
export function viewOfStored(command: StoredCommand): CommandView {
  const { issuedBy, issuedAt, decidedBy, decidedAt, cancelledBy, cancelledAt, ...rest } = command;
  return {
    ...rest,
    issued: { by: issuedBy, at: issuedAt },
    decided: storedStep(decidedBy, decidedAt),
    cancelled: storedStep(cancelledBy, cancelledAt),
  };
}

export function viewOfEvent({ id, ...event }: StoredCommandEvent): CommandEvent {
  return { id: String(id), ...event };
}

function storedStep(by: string | null, at: number | null): CommandView['decided'] {
  return by === null || at === null ? null : { by, at };
}

function stepOf({ name, at }: Command['issued']): z.infer<typeof stepSchema> {
  return { by: name, at: Date.parse(at) };
}

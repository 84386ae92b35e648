/** Commands as people issue them, and as the ledger holds them. */
import { z } from 'zod';

import { reasonSchema } from '../device.ts';
import {
  deviceIdSchema,
  deviceTypeSchema,
  groupSchema,
  organisationSchema,
  tenantSchema,
} from '../identifiers.ts';
import { ERROR_CODES } from '../errors.ts';
import { deedSchema } from '../policy/proposal.ts';
import { commandNameSchema } from './definition.ts';
import { parametersValueSchema } from './parameters.ts';

/** Devices of one command, and of all commands of one transaction. */
export const MAX_COMMAND_DEVICES = 1000;
/** Commands of one transaction. */
export const MAX_COMMANDS = 100;

/** Made by whoever issues it: a command that is sent to the ledger again is the same one. */
export const commandIdSchema = z
  .uuid()
  .lowercase()
  .meta({ id: 'CommandId', examples: ['018f2f6e-3a71-7c1e-9c9c-3f0c2a8c1d55'] });

const devicesSchema = z
  .array(deviceIdSchema)
  .min(1, 'a command is for at least one device')
  .max(MAX_COMMAND_DEVICES, `at most ${MAX_COMMAND_DEVICES} devices in one command`)
  .refine((devices) => new Set(devices).size === devices.length, 'a device is there twice');

/** What a person asks for. All its devices are of one tenant, one type and one organisation. */
export const commandDraftSchema = z
  .strictObject({
    id: commandIdSchema,
    name: commandNameSchema,
    devices: devicesSchema,
    /** The group that the devices were taken from, when they were: each has to be in it. */
    group: groupSchema.nullable().default(null),
    parameters: parametersValueSchema,
    /** Shorter than the catalogue's, when it is there. */
    lifetimeSeconds: z.int().min(1).optional(),
  })
  .meta({ id: 'CommandDraft' });
export type CommandDraft = z.infer<typeof commandDraftSchema>;

/** What one transaction takes. */
export const commandDraftsSchema = z
  .array(commandDraftSchema)
  .min(1)
  .max(MAX_COMMANDS, `at most ${MAX_COMMANDS} commands in one transaction`)
  .refine(
    (drafts) => drafts.reduce((sum, { devices }) => sum + devices.length, 0) <= MAX_COMMAND_DEVICES,
    `at most ${MAX_COMMAND_DEVICES} devices in one transaction`,
  );

/** How far it has come on the ledger. What devices do with it is not there, but in SQL. */
export const LEDGER_COMMAND_STATES = ['pending approval', 'queued', 'rejected', 'cancelled'] as const;
const ledgerStateSchema = z.enum(LEDGER_COMMAND_STATES).meta({ id: 'LedgerCommandState' });

/** A command as the ledger has it. */
export const commandSchema = z
  .strictObject({
    id: commandIdSchema,
    name: commandNameSchema,
    type: deviceTypeSchema,
    tenant: tenantSchema,
    /** MSP id of the organisation that owns the devices. */
    org: organisationSchema,
    devices: devicesSchema,
    group: groupSchema.nullable(),
    parameters: parametersValueSchema,
    /** Of the catalogue's entry by which it was judged. */
    version: z.int().min(1),
    lifetimeSeconds: z.int().min(1),
    timeoutSeconds: z.int().min(1),
    state: ledgerStateSchema,
    issued: deedSchema,
    /** Who approved or rejected it; null when nobody had to, or nobody has. */
    decided: deedSchema.nullable(),
    cancelled: deedSchema.nullable(),
    /** Why it was rejected or cancelled. */
    reason: reasonSchema.nullable(),
    /** From this instant on no device gets it, and nobody approves it. It is moved on when it is approved. */
    expiresAt: z.iso.datetime(),
  })
  .meta({ id: 'Command' });
export type Command = z.infer<typeof commandSchema>;

/** What became of one draft of several: the command, or why there is none. One that is refused keeps no other back. */
export const issueOutcomeSchema = z
  .union([
    z.strictObject({ command: commandSchema }),
    z.strictObject({
      id: commandIdSchema,
      problem: z.strictObject({ code: z.enum(ERROR_CODES), message: z.string() }),
    }),
  ])
  .meta({ id: 'IssueOutcome' });
export type IssueOutcome = z.infer<typeof issueOutcomeSchema>;

/** What the contract tells the channel after any change: the commands as they are now. */
export const COMMANDS_EVENT = 'commands';
export const commandsEventSchema = z.strictObject({ commands: z.array(commandSchema) });

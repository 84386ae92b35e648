/** The catalogue: which commands devices of a type take, who may send them, and how. It is state of the ledger. */
import { z } from 'zod';

import {
  deviceTypeSchema,
  lineSchema,
  memberNameSchema,
  organisationSchema,
  transactionIdSchema,
} from '../identifiers.ts';
import { parametersSchema } from './parameters.ts';

export const commandNameSchema = z
  .string()
  .regex(/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/, 'a command is named with a-z, 0-9 and inner -')
  .max(40)
  .meta({ id: 'CommandName', examples: ['set-interval'] });

/** Services send no commands: whoever is responsible for one is a person. */
export const SENDING_ROLES = ['admin', 'operator'] as const;

const DAY_SECONDS = 86_400;
/** A device that is away for longer gets none of the commands that it missed. */
const LONGEST_LIFE_SECONDS = 30 * DAY_SECONDS;

/** What people say about a command. */
export const commandDefinitionSchema = z
  .strictObject({
    type: deviceTypeSchema,
    name: commandNameSchema,
    description: lineSchema(200, 'a description is needed'),
    parameters: parametersSchema,
    /** Who may send it, besides what the policies say. */
    roles: z.array(z.enum(SENDING_ROLES)).min(1, 'somebody has to be able to send it').max(2),
    /** Whether a second person has to approve each command of this kind. */
    approval: z.boolean(),
    /** How long a command waits for its device, from when it was issued (or approved). */
    lifetimeSeconds: z.int().min(1).max(LONGEST_LIFE_SECONDS),
    /** How long a device may take from acknowledging a command to its result; then it has failed. */
    timeoutSeconds: z.int().min(1).max(DAY_SECONDS),
    /** A command that is not enabled cannot be issued any more. */
    enabled: z.boolean(),
  })
  .meta({ id: 'CommandDefinition' });
export type CommandDefinition = z.infer<typeof commandDefinitionSchema>;

/** A command of the catalogue as the ledger has it. It is of the organisation that owns the type. */
export const catalogueEntrySchema = commandDefinitionSchema
  .extend({
    org: organisationSchema,
    /** From 1; each change is another version. */
    version: z.int().min(1),
    /** Instant that the submitting client named in its proposal; block order is the truth. */
    updatedAt: z.iso.datetime(),
    by: memberNameSchema,
    transaction: transactionIdSchema,
  })
  .meta({ id: 'CatalogueEntry' });
export type CatalogueEntry = z.infer<typeof catalogueEntrySchema>;

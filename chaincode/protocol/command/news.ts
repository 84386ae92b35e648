/** What is told live after a step of a command was stored. */
import { z } from 'zod';

import { deviceIdSchema } from '../identifiers.ts';
import { instantSchema } from '../message.ts';
import { commandIdSchema } from './command.ts';
import { commandStateSchema } from './state.ts';

/** JSON, on the topic of the command's tenant. */
export const commandNewsSchema = z
  .strictObject({
    id: commandIdSchema,
    /** Whose step it is; null for one of the command as a whole. */
    device: deviceIdSchema.nullable(),
    state: commandStateSchema,
    at: instantSchema,
  })
  .meta({ id: 'CommandNews' });
export type CommandNews = z.infer<typeof commandNewsSchema>;

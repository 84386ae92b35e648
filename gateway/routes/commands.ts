import { randomUUID } from 'node:crypto';

import { z } from 'zod';

import {
  commandDraftSchema,
  commandIdSchema,
  MAX_COMMAND_DEVICES,
  MAX_COMMANDS,
} from '../../chaincode/protocol/command/command.ts';
import { commandNameSchema } from '../../chaincode/protocol/command/definition.ts';
import { commandStateSchema } from '../../chaincode/protocol/command/state.ts';
import type { ErrorCode } from '../../chaincode/protocol/errors.ts';
import {
  deviceIdSchema,
  deviceTypeSchema,
  groupSchema,
  tenantSchema,
} from '../../chaincode/protocol/identifiers.ts';
import { instantSchema } from '../../chaincode/protocol/message.ts';
import { resourceOfCommand } from '../../chaincode/protocol/policy/command-resource.ts';
import { resourceOf } from '../../chaincode/protocol/policy/device-resource.ts';
import { commandViewSchema, viewOfRecord, viewOfStored } from '../commands/command-views.ts';
import { devicesOfGroup } from '../commands/devices-of-group.ts';
import { mayForDevices } from '../http/access.ts';
import { cursorField, limitField, nextField, pageOf } from '../http/fields.ts';
import { defineRoute, type Route } from '../http/route.ts';
import { LEDGER_REFUSALS } from './device-changes.ts';

const tag = 'Commands';

/** 1,000 devices and 16 KiB of parameters are more than other bodies may have. */
const COMMAND_BYTES = 128 * 1024;

const { devices, name, parameters, lifetimeSeconds } = commandDraftSchema.shape;

const requestSchema = z
  .strictObject({
    id: commandIdSchema
      .optional()
      .meta({ description: 'Whoever names it may ask again when the answer was lost: it is issued once' }),
    name,
    devices: devices.optional(),
    group: groupSchema.optional().meta({
      description: 'Instead of `devices`: all its active devices that the asker may send this to',
    }),
    type: deviceTypeSchema.optional().meta({ description: 'Of a group: those of this type' }),
    tenant: tenantSchema.optional().meta({ description: 'Of a group: those of this tenant' }),
    parameters: parameters.default({}).meta({ description: 'None unless it is given' }),
    lifetimeSeconds,
  })
  .refine((body) => (body.devices === undefined) !== (body.group === undefined), {
    error: 'either devices or a group',
    path: ['devices'],
  })
  .refine((body) => body.group !== undefined || (body.type === undefined && body.tenant === undefined), {
    error: 'type and tenant narrow a group',
    path: ['type'],
  })
  .meta({ id: 'CommandRequest' });

/** What the contract may say of a command. */
const COMMAND_REFUSALS: readonly ErrorCode[] = [
  'COMMAND_UNKNOWN',
  'DEVICE_UNKNOWN',
  'DEVICE_NOT_ACTIVE',
  'PARAMETERS_INVALID',
  'TYPE_UNKNOWN',
];

const issueCommand = defineRoute({
  method: 'post',
  path: '/api/v1/commands',
  tag,
  operation: 'issueCommand',
  summary: 'Send a command',
  description:
    `To one device, to up to ${MAX_COMMAND_DEVICES} that are named, or to a group, of one tenant, type and organisation. It ` +
    'stands on the ledger when this answers, signed with the member’s own key; devices get it from then on, or when a ' +
    `second person has approved it. Commands of a member that come at about the same time, up to ${MAX_COMMANDS}, share a ` +
    'transaction, and each is answered by itself.',
  access: mayForDevices('command:send', 'contract'),
  maximumBytes: COMMAND_BYTES,
  request: z.strictObject({ body: requestSchema }),
  answer: { status: 202, description: 'The command as the ledger has it', schema: commandViewSchema },
  refusals: [...COMMAND_REFUSALS, 'RATE_LIMITED', ...LEDGER_REFUSALS],
  async handle({ request: { body }, caller: { session, judge }, exchange, parts: { commands, fleet } }) {
    const { group, devices: named, type, tenant, id = randomUUID(), ...rest } = body;
    const known = (named ?? []).flatMap((device) => fleet.known(device) ?? []);
    for (const device of known) judge.require('command:send', resourceOf(device));
    const wanted =
      group === undefined ? (named ?? []) : devicesOfGroup({ group, type, tenant }, { fleet, judge });
    const draft = { id, ...rest, devices: wanted, group: group ?? null };
    // Of a group, only we know which devices it had.
    exchange.adds({ devices: wanted });
    const { command } = await commands.issue(session, draft);
    exchange.setHeader('Location', `/api/v1/commands/${id}`);
    return viewOfRecord(command);
  },
});

const placeSchema = z.strictObject({ issuedAt: instantSchema, id: commandIdSchema });

const listCommands = defineRoute({
  method: 'get',
  path: '/api/v1/commands',
  tag,
  operation: 'listCommands',
  summary: 'List commands',
  description: 'Newest first, those of the asker’s tenants that the asker may read, from the database.',
  access: mayForDevices('command:read', 'last-known'),
  request: z.strictObject({
    query: z.strictObject({
      device: deviceIdSchema.optional(),
      type: deviceTypeSchema.optional(),
      name: commandNameSchema.optional(),
      state: commandStateSchema
        .optional()
        .meta({ description: 'Of the command itself, or of any of its devices' }),
      limit: limitField(50, 200),
      cursor: cursorField(placeSchema),
    }),
  }),
  answer: {
    status: 200,
    description: 'A page of commands',
    schema: z
      .strictObject({ commands: z.array(commandViewSchema), next: nextField })
      .meta({ id: 'CommandList' }),
  },
  refusals: ['DATABASE_UNAVAILABLE'],
  async handle({ request: { query }, caller: { judge }, parts: { store } }) {
    const { limit, cursor, ...filter } = query;
    const found = await store.commands({
      ...filter,
      tenants: judge.tenants,
      before: cursor,
      limit: limit + 1,
    });
    const { page, next } = pageOf(found, limit, ({ issuedAt, id }) => ({ issuedAt, id }));
    const readable = page.filter((command) => judge.allows('command:read', resourceOfCommand(command)));
    return {
      commands: readable.map(viewOfStored),
      next,
    };
  },
});

export const commandRoutes: readonly Route[] = [issueCommand, listCommands];

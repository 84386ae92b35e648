import { z } from 'zod';

import { commandIdSchema } from '../../chaincode/protocol/command/command.ts';
import { commandStateSchema } from '../../chaincode/protocol/command/state.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { deviceIdSchema } from '../../chaincode/protocol/identifiers.ts';
import { resourceOfCommand } from '../../chaincode/protocol/policy/command-resource.ts';
import {
  commandEventSchema,
  eventIdSchema,
  commandViewSchema,
  deliverySchema,
  viewOfEvent,
  viewOfRecord,
  viewOfStored,
} from '../commands/command-views.ts';
import { mayForDevices, type Person } from '../http/access.ts';
import { devicePage, devicePageQuery } from '../http/device-pages.ts';
import { cursorField, limitField, nextField, pageOf } from '../http/fields.ts';
import { defineRoute, type Route } from '../http/route.ts';
import type { StoredCommand } from '../../sql/queries/commands.ts';
import type { Store } from '../store.ts';

const tag = 'Commands';

export const commandParams = z.strictObject({ id: commandIdSchema });

const access = mayForDevices('command:read', 'last-known');

/** In the one answer that says all of a command that has few devices. */
const FIRST_DELIVERIES = 50;
const FIRST_EVENTS = 200;

/** @throws BiotError COMMAND_UNKNOWN, FORBIDDEN, DATABASE_UNAVAILABLE */
async function storedCommand(
  id: string,
  { judge }: Person,
  store: Store,
): Promise<StoredCommand | undefined> {
  const command = await store.command({ id, tenants: judge.tenants });
  if (command !== undefined) judge.require('command:read', resourceOfCommand(command));
  return command;
}

const getCommand = defineRoute({
  method: 'get',
  path: '/api/v1/commands/{id}',
  tag,
  operation: 'getCommand',
  summary: 'Get a command',
  description:
    `With how many of its devices are in each state, the first ${FIRST_DELIVERIES} of them, and the first ` +
    `${FIRST_EVENTS} steps of its timeline. Until ingest has read the command from its block, this is read from the ledger, ` +
    'and no device is there.',
  access,
  request: z.strictObject({ params: commandParams }),
  answer: {
    status: 200,
    description: 'The command',
    schema: commandViewSchema
      .extend({ deliveries: z.array(deliverySchema), timeline: z.array(commandEventSchema) })
      .meta({ id: 'CommandDetail' }),
  },
  refusals: [
    'COMMAND_UNKNOWN',
    'DATABASE_UNAVAILABLE',
    'LEDGER_UNAVAILABLE',
    'LEDGER_TIMEOUT',
    'LEDGER_EVALUATE_FAILED',
  ],
  async handle({ request: { params }, caller, parts: { store } }) {
    const { id } = params;
    const command = await storedCommand(id, caller, store);
    if (command === undefined) {
      const record = await caller.session.commands.get(id);
      caller.judge.require('command:read', resourceOfCommand(record));
      return { ...viewOfRecord(record), deliveries: [], timeline: [] };
    }
    const [deliveries, timeline] = await Promise.all([
      store.deliveries({ command: id, limit: FIRST_DELIVERIES }),
      store.commandTimeline({ command: id, limit: FIRST_EVENTS }),
    ]);
    return { ...viewOfStored(command), deliveries, timeline: timeline.map(viewOfEvent) };
  },
});

const listDeliveries = defineRoute({
  method: 'get',
  path: '/api/v1/commands/{id}/deliveries',
  tag,
  operation: 'listDeliveries',
  summary: 'What became of a command with each device',
  description: 'In the order of the devices’ ids, from the database.',
  access,
  request: z.strictObject({
    params: commandParams,
    query: devicePageQuery(commandStateSchema),
  }),
  answer: {
    status: 200,
    description: 'A page of devices',
    schema: z
      .strictObject({ deliveries: z.array(deliverySchema), next: nextField })
      .meta({ id: 'CommandDeliveries' }),
  },
  refusals: ['COMMAND_UNKNOWN', 'DATABASE_UNAVAILABLE'],
  async handle({ request: { params, query }, caller, parts: { store } }) {
    await requireStored(params.id, caller, store);
    const { page: deliveries, next } = await devicePage(query, (wanted) =>
      store.deliveries({ command: params.id, ...wanted }),
    );
    return { deliveries, next };
  },
});

const commandTimeline = defineRoute({
  method: 'get',
  path: '/api/v1/commands/{id}/timeline',
  tag,
  operation: 'commandTimeline',
  summary: 'The steps of a command',
  description: 'Oldest first: those of the command as a whole and of all its devices, or of one device.',
  access,
  request: z.strictObject({
    params: commandParams,
    query: z.strictObject({
      device: deviceIdSchema.optional(),
      limit: limitField(100, 500),
      cursor: cursorField(z.strictObject({ after: eventIdSchema })),
    }),
  }),
  answer: {
    status: 200,
    description: 'A page of steps',
    schema: z
      .strictObject({ timeline: z.array(commandEventSchema), next: nextField })
      .meta({ id: 'CommandTimeline' }),
  },
  refusals: ['COMMAND_UNKNOWN', 'DATABASE_UNAVAILABLE'],
  async handle({ request: { params, query }, caller, parts: { store } }) {
    await requireStored(params.id, caller, store);
    const { device, limit, cursor } = query;
    const found = await store.commandTimeline({
      command: params.id,
      device,
      after: cursor && BigInt(cursor.after),
      limit: limit + 1,
    });
    const { page: timeline, next } = pageOf(found, limit, ({ id }) => ({ after: String(id) }));
    return {
      timeline: timeline.map(viewOfEvent),
      next,
    };
  },
});

async function requireStored(id: string, caller: Person, store: Store): Promise<void> {
  if ((await storedCommand(id, caller, store)) === undefined)
    throw new BiotError('COMMAND_UNKNOWN', `there is no command ${id} in the database`);
}

export const commandDetailRoutes: readonly Route[] = [getCommand, listDeliveries, commandTimeline];

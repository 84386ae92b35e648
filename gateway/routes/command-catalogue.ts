import { z } from 'zod';

import {
  catalogueEntrySchema,
  commandDefinitionSchema,
  commandNameSchema,
} from '../../chaincode/protocol/command/definition.ts';
import { deviceTypeSchema } from '../../chaincode/protocol/identifiers.ts';
import { resourceOfEntry } from '../../chaincode/protocol/policy/command-resource.ts';
import { mayForTypes } from '../http/access.ts';
import { defineRoute, type Route } from '../http/route.ts';
import { LEDGER_REFUSALS, SIGNED } from './device-changes.ts';
import { READ_REFUSALS } from './policies.ts';

const tag = 'Commands';

const listCatalogue = defineRoute({
  method: 'get',
  path: '/api/v1/command-catalogue',
  tag,
  operation: 'listCatalogue',
  summary: 'Which commands there are',
  description:
    'Of a type, or of all types, read from the ledger now with the member’s own key: what each does, the JSON Schema of its ' +
    'parameters, and who may send it.',
  access: mayForTypes('command:read', 'contract'),
  request: z.strictObject({ query: z.strictObject({ type: deviceTypeSchema.optional() }) }),
  answer: {
    status: 200,
    description: 'The commands',
    schema: z.strictObject({ commands: z.array(catalogueEntrySchema) }).meta({ id: 'CommandCatalogue' }),
  },
  refusals: READ_REFUSALS,
  async handle({ request: { query }, caller: { session, judge } }) {
    const entries = await session.commands.catalogue(query.type);
    const readable = entries.filter((entry) => judge.allows('command:read', resourceOfEntry(entry)));
    return { commands: readable };
  },
});

const defineCommand = defineRoute({
  method: 'put',
  path: '/api/v1/command-catalogue/{type}/{name}',
  tag,
  operation: 'defineCommand',
  summary: 'Define a command',
  description:
    'Says that devices of the type take it, or makes the next version of what was said before. The type has to be the ' +
    `member’s organisation’s. Commands that were issued stay as they were judged. ${SIGNED}`,
  access: mayForTypes('command:define', 'contract'),
  request: z.strictObject({
    params: z.strictObject({ type: deviceTypeSchema, name: commandNameSchema }),
    body: commandDefinitionSchema.omit({ type: true, name: true }).meta({ id: 'CommandDefinitionChange' }),
  }),
  answer: { status: 200, description: 'The command as the ledger has it now', schema: catalogueEntrySchema },
  refusals: ['TYPE_UNKNOWN', ...LEDGER_REFUSALS],
  async handle({ request: { params, body }, caller: { session, judge }, exchange, parts: { fleet } }) {
    const { type, name } = params;
    const org = fleet.type(type)?.org ?? session.member.org;
    judge.require('command:define', resourceOfEntry({ org, type }));
    return exchange.committed(await session.commands.define({ type, name, ...body })).entry;
  },
});

export const commandCatalogueRoutes: readonly Route[] = [listCatalogue, defineCommand];

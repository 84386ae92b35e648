import { z } from 'zod';

import { typeDefinitionSchema, typeSchema } from '../../chaincode/protocol/device-type.ts';
import { deviceTypeSchema } from '../../chaincode/protocol/identifiers.ts';
import { resourceOfType } from '../../chaincode/protocol/policy/device-resource.ts';
import { mayForTypes } from '../http/access.ts';
import { defineRoute, type Route } from '../http/route.ts';
import { LEDGER_REFUSALS, SIGNED } from './device-changes.ts';
import { READ_REFUSALS } from './policies.ts';

const tag = 'Types';

const params = z.strictObject({ name: deviceTypeSchema });

const listTypes = defineRoute({
  method: 'get',
  path: '/api/v1/types',
  tag,
  operation: 'listTypes',
  summary: 'What devices of each type can measure',
  description:
    'The types that the asker may read, in the order of their names, read from the ledger now with the member’s own ' +
    'key. Ingest refuses a message with a sensor that the type of its device lacks, or a value that it does not take.',
  access: mayForTypes('type:read', 'contract'),
  request: z.strictObject({}),
  answer: {
    status: 200,
    description: 'The types',
    schema: z.strictObject({ types: z.array(typeSchema) }).meta({ id: 'DeviceTypes' }),
  },
  refusals: READ_REFUSALS,
  async handle({ caller: { session, judge } }) {
    const types = await session.types.list();
    return { types: types.filter((type) => judge.allows('type:read', resourceOfType(type))) };
  },
});

const getType = defineRoute({
  method: 'get',
  path: '/api/v1/types/{name}',
  tag,
  operation: 'getType',
  summary: 'Get a type of devices',
  description: 'One type, read from the ledger now with the member’s own key.',
  access: mayForTypes('type:read', 'contract'),
  request: z.strictObject({ params }),
  answer: { status: 200, description: 'The type', schema: typeSchema },
  refusals: ['TYPE_UNKNOWN', ...READ_REFUSALS],
  async handle({ request: { params: asked }, caller: { session, judge } }) {
    const type = await session.types.get(asked.name);
    judge.require('type:read', resourceOfType(type));
    return type;
  },
});

const putType = defineRoute({
  method: 'put',
  path: '/api/v1/types/{name}',
  tag,
  operation: 'putType',
  summary: 'Put a type of devices',
  description:
    'Puts a new type, which is the member’s organisation’s from then on, or makes the next version of one. The same ' +
    'definition again changes nothing. Messages are judged by the new version as soon as ingest hears of it, also ' +
    `those that were measured before. ${SIGNED}`,
  access: mayForTypes('type:put', 'contract'),
  request: z.strictObject({
    params,
    body: typeDefinitionSchema.omit({ name: true }).meta({ id: 'TypeChange' }),
  }),
  answer: { status: 200, description: 'The type as the ledger has it now', schema: typeSchema },
  refusals: LEDGER_REFUSALS,
  async handle({ request: { params: asked, body }, caller: { session, judge }, parts: { fleet } }) {
    const { name } = asked;
    const org = fleet.type(name)?.org ?? session.member.org;
    judge.require('type:put', resourceOfType({ org, name }));
    return (await session.types.put({ name, ...body })).type;
  },
});

export const typeRoutes: readonly Route[] = [listTypes, getType, putType];

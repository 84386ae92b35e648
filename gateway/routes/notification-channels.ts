import { z } from 'zod';

import { channelDefinitionSchema } from '../../chaincode/protocol/notifications/channel.ts';
import { mayForDevices } from '../http/access.ts';
import { defineRoute, type Route } from '../http/route.ts';
import { channelKind, channelViewSchema } from './notification-views.ts';
import { requireOn } from './of-tenant.ts';
import { added, changed, found, listed } from './outgoing.ts';
import {
  CHANGE_OF_SEEN,
  CHANGE_REFUSALS,
  outgoingParams,
  removeRoute,
  renewSecretRoute,
  secretField,
  seenVersionField,
} from './outgoing-routes.ts';

const tag = 'Notifications';
const PATH = '/api/v1/notification-channels';

const listChannels = defineRoute({
  method: 'get',
  path: PATH,
  tag,
  operation: 'listNotificationChannels',
  summary: 'List channels',
  description:
    'Where alerts are told, in the order of names: those that the asker may see, and how they fare.',
  access: mayForDevices('notification:read', 'last-known'),
  request: z.strictObject({}),
  answer: {
    status: 200,
    description: 'The channels',
    schema: z.strictObject({ channels: z.array(channelViewSchema) }).meta({ id: 'NotificationChannels' }),
  },
  refusals: ['DATABASE_UNAVAILABLE'],
  async handle({ caller: { judge }, parts }) {
    return { channels: await listed(channelKind, { judge, parts }) };
  },
});

const madeSchema = z
  .strictObject({ channel: channelViewSchema, secret: secretField.nullable() })
  .meta({ id: 'NotificationChannelMade' });

const addChannel = defineRoute({
  method: 'post',
  path: PATH,
  tag,
  operation: 'addNotificationChannel',
  summary: 'Add a channel',
  description:
    'Tells alerts of a tenant by e-mail, or to a webhook that is signed as Standard Webhooks says. ' +
    'Messages come at least once; what is raised while messages wait comes in one. ' +
    'A webhook may not be at an inner address, and redirects are not followed.',
  access: mayForDevices('notification:put'),
  request: z.strictObject({ body: channelDefinitionSchema }),
  answer: { status: 201, description: 'The channel, and its secret if it has one', schema: madeSchema },
  refusals: ['DATABASE_UNAVAILABLE'],
  async handle({ request: { body }, caller: { session, judge }, parts }) {
    requireOn(judge, 'notification:put', body);
    const { view, secret } = await added(channelKind, { definition: body }, { session, judge, parts });
    return { channel: view, secret };
  },
});

const changeChannel = defineRoute({
  method: 'put',
  path: `${PATH}/{id}`,
  tag,
  operation: 'changeNotificationChannel',
  summary: 'Change a channel',
  description:
    'All but its kind and its tenant. A webhook keeps its secret. What waits for it goes by the new settings. ' +
    CHANGE_OF_SEEN,
  access: mayForDevices('notification:put'),
  request: z.strictObject({
    params: outgoingParams,
    body: channelDefinitionSchema
      .extend({ version: seenVersionField })
      .meta({ id: 'NotificationChannelChange' }),
  }),
  answer: { status: 200, description: 'The channel as it is now', schema: channelViewSchema },
  refusals: CHANGE_REFUSALS,
  async handle({ request: { params: asked, body }, caller: { session, judge }, parts, exchange }) {
    const before = await found(channelKind, asked.id, { judge, parts });
    requireOn(judge, 'notification:put', body);
    const { version, ...definition } = body;
    const seen = { version, ifMatch: exchange.header('if-match') };
    return changed(channelKind, before, { definition, seen }, { session, judge, parts });
  },
});

const renewSecret = renewSecretRoute(channelKind, {
  ...{ tag, path: PATH, operation: 'renewNotificationSecret', summary: 'Give a webhook a new secret' },
});

const removeChannel = removeRoute(channelKind, {
  ...{ tag, path: PATH, operation: 'removeNotificationChannel', summary: 'Take a channel away' },
  description: 'With all that waits for it, and all that was given up on.',
});

export const notificationChannelRoutes: readonly Route[] = [
  listChannels,
  addChannel,
  changeChannel,
  renewSecret,
  removeChannel,
];

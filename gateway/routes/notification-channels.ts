import { randomUUID } from 'node:crypto';

import { z } from 'zod';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import {
  type ChannelDefinition,
  channelDefinitionSchema,
} from '../../chaincode/protocol/notifications/channel.ts';
import { newSecret } from '../../network/notifications/secrets.ts';
import { mayForDevices, type Person } from '../http/access.ts';
import { defineRoute, type Route } from '../http/route.ts';
import type { Parts } from '../parts.ts';
import {
  channelFor,
  channelView,
  type ChannelView,
  channelViewSchema,
  isPut,
  noSuchChannel,
} from './notification-views.ts';
import { allowsOn, requireOn } from './of-tenant.ts';

const tag = 'Notifications';
const PATH = '/api/v1/notification-channels';
const params = z.strictObject({ id: z.uuid() });

/** Of one tenant, or of none. */
const MOST_CHANNELS = 50;

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
  async handle({ caller: { judge }, parts: { notifications } }) {
    const channels = (await notifications.channels()).filter(isPut);
    return {
      channels: channels
        .filter((channel) => allowsOn(judge, 'notification:read', channel))
        .map((channel) => channelView(channel, judge)),
    };
  },
});

const secretField = z.string().meta({
  description: 'What webhooks are signed with, as Standard Webhooks writes it; it is never shown again',
});

const madeSchema = z
  .strictObject({ channel: channelViewSchema, secret: secretField.nullable() })
  .meta({ id: 'NotificationChannelMade' });

type Putting = Pick<Person, 'session' | 'judge'> & { readonly parts: Parts };

interface Change {
  readonly id: string;
  readonly version: number;
  readonly definition: ChannelDefinition;
  readonly sealedSecret: Uint8Array | null;
}

async function put(
  { id, version, definition, sealedSecret }: Change,
  { session, judge, parts: { notifications, clock } }: Putting,
): Promise<ChannelView> {
  const author = session.member.name;
  const channel = { ...definition, id, version, author, updatedAt: clock() };
  await notifications.put({ channel, sealedSecret });
  const stored = (await notifications.channels()).filter(isPut).find((each) => each.id === id);
  if (stored === undefined) throw noSuchChannel(id);
  return channelView(stored, judge);
}

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
    const others = (await parts.notifications.channels()).filter(isPut);
    if (others.filter(({ tenant }) => tenant === body.tenant).length >= MOST_CHANNELS)
      throw new BiotError('INVALID_ARGUMENT', `a tenant has at most ${MOST_CHANNELS} channels`);
    const id = randomUUID();
    const secret = body.destination.kind === 'webhook' ? newSecret() : null;
    const sealedSecret = secret === null ? null : parts.notifications.seal(id, secret);
    const channel = await put({ id, version: 1, definition: body, sealedSecret }, { session, judge, parts });
    return { channel, secret };
  },
});

const changeChannel = defineRoute({
  method: 'put',
  path: `${PATH}/{id}`,
  tag,
  operation: 'changeNotificationChannel',
  summary: 'Change a channel',
  description:
    'All but its kind and its tenant. A webhook keeps its secret. What waits for it goes by the new settings.',
  access: mayForDevices('notification:put'),
  request: z.strictObject({ params, body: channelDefinitionSchema }),
  answer: { status: 200, description: 'The channel as it is now', schema: channelViewSchema },
  refusals: ['NOT_FOUND', 'TRANSITION_ILLEGAL', 'DATABASE_UNAVAILABLE'],
  async handle({ request: { params: asked, body }, caller: { session, judge }, parts }) {
    const before = await channelFor('notification:put', asked.id, { judge, parts });
    requireOn(judge, 'notification:put', body);
    if (before.destination.kind !== body.destination.kind)
      throw new BiotError('INVALID_ARGUMENT', 'destination: a channel stays of its kind');
    // What waits and what was given up on would go along, to readers of the other tenant.
    if (before.tenant !== body.tenant)
      throw new BiotError('INVALID_ARGUMENT', 'tenant: a channel stays of its tenant');
    const { id, sealedSecret } = before;
    const version = before.version + 1;
    return put({ id, version, definition: body, sealedSecret }, { session, judge, parts });
  },
});

const renewSecret = defineRoute({
  method: 'post',
  path: `${PATH}/{id}/secret`,
  tag,
  operation: 'renewNotificationSecret',
  summary: 'Give a webhook a new secret',
  description: 'Whatever is sent from now on is signed with it, and nothing with the former one.',
  access: mayForDevices('notification:put'),
  request: z.strictObject({ params }),
  answer: {
    status: 200,
    description: 'The secret',
    schema: z.strictObject({ secret: secretField }).meta({ id: 'NotificationSecret' }),
  },
  refusals: ['NOT_FOUND', 'TRANSITION_ILLEGAL', 'DATABASE_UNAVAILABLE'],
  async handle({ request: { params: asked }, caller: { session, judge }, parts }) {
    const channel = await channelFor('notification:put', asked.id, { judge, parts });
    const { id, destination } = channel;
    if (destination.kind !== 'webhook')
      throw new BiotError('INVALID_ARGUMENT', 'only webhooks are signed with a secret');
    const secret = newSecret();
    const { definition } = channelView(channel, judge);
    const sealedSecret = parts.notifications.seal(id, secret);
    const version = channel.version + 1;
    await put({ id, version, definition, sealedSecret }, { session, judge, parts });
    return { secret };
  },
});

const removeChannel = defineRoute({
  method: 'delete',
  path: `${PATH}/{id}`,
  tag,
  operation: 'removeNotificationChannel',
  summary: 'Take a channel away',
  description: 'With all that waits for it, and all that was given up on.',
  access: mayForDevices('notification:put'),
  request: z.strictObject({ params }),
  answer: { status: 204, description: 'It is gone', schema: z.undefined() },
  refusals: ['NOT_FOUND', 'DATABASE_UNAVAILABLE'],
  async handle({ request: { params: asked }, caller: { judge }, parts }) {
    const { id } = await channelFor('notification:put', asked.id, { judge, parts });
    await parts.notifications.remove(id);
    return undefined;
  },
});

export const notificationChannelRoutes: readonly Route[] = [
  listChannels,
  addChannel,
  changeChannel,
  renewSecret,
  removeChannel,
];

import { z } from 'zod';

import { instantSchema } from '../../chaincode/protocol/message.ts';
import {
  type ChannelDefinition,
  channelDefinitionSchema,
} from '../../chaincode/protocol/notifications/channel.ts';
import type { StoredChannel } from '../../sql/queries/notifications.ts';
import type { Judge } from '../policy/judge.ts';
import { allowsOn } from './of-tenant.ts';
import type { OutgoingKind } from './outgoing.ts';

export const channelViewSchema = z
  .strictObject({
    id: z.uuid(),
    definition: channelDefinitionSchema,
    version: z.int().min(1),
    author: z.string(),
    updatedAt: instantSchema,
    succeededAt: instantSchema.nullable().meta({ description: 'When a message was last taken' }),
    failedAt: instantSchema.nullable().meta({ description: 'When one was last not taken' }),
    failure: z.string().nullable().meta({ description: 'Why; null when one was taken since' }),
    waiting: z.int().min(0).meta({ description: 'Messages that are still tried' }),
    dead: z.int().min(0).meta({ description: 'Messages that were given up on' }),
    mayPut: z.boolean().meta({ description: 'Whether the policy lets the asker change it now' }),
  })
  .meta({ id: 'NotificationChannel' });
type ChannelView = z.infer<typeof channelViewSchema>;

/** A channel that people put. */
interface PutChannel extends StoredChannel {
  readonly destination: ChannelDefinition['destination'];
}

/** Browsers are their members' own affair. */
function isPut(channel: StoredChannel): channel is PutChannel {
  return channel.destination.kind !== 'web-push';
}

function definitionOf(channel: PutChannel): ChannelDefinition {
  const { name, tenant, enabled, minimumSeverity, rules, destination } = channel;
  return { name, tenant, enabled, minimumSeverity, rules, destination };
}

function channelView(channel: PutChannel, judge: Judge): ChannelView {
  const { id, version, author, updatedAt, succeededAt, failedAt, failure, waiting, dead } = channel;
  return {
    id,
    definition: definitionOf(channel),
    ...{ version, author, updatedAt, succeededAt, failedAt, failure, waiting, dead },
    mayPut: allowsOn(judge, 'notification:put', channel),
  };
}

export const channelKind: OutgoingKind<PutChannel, ChannelDefinition, ChannelView> = {
  ...{ noun: 'channel', read: 'notification:read', put: 'notification:put', most: 50 },
  store: ({ notifications }) => ({
    all: async () => (await notifications.channels()).filter(isPut),
    put: (channel, sealedSecret) => notifications.put({ channel, sealedSecret }),
    remove: (id) => notifications.remove(id),
    seal: (id, secret) => notifications.seal(id, secret),
  }),
  definition: definitionOf,
  view: channelView,
};

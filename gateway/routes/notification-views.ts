import { z } from 'zod';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { instantSchema } from '../../chaincode/protocol/message.ts';
import {
  type ChannelDefinition,
  channelDefinitionSchema,
} from '../../chaincode/protocol/notifications/channel.ts';
import type { StoredChannel } from '../../sql/queries/notifications.ts';
import type { Parts } from '../parts.ts';
import type { Judge } from '../policy/judge.ts';
import { allowsOn, requireOn } from './of-tenant.ts';

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
export type ChannelView = z.infer<typeof channelViewSchema>;

/** A channel that people put. */
export interface PutChannel extends StoredChannel {
  readonly destination: ChannelDefinition['destination'];
}

/** Browsers are their members' own affair. */
export function isPut(channel: StoredChannel): channel is PutChannel {
  return channel.destination.kind !== 'web-push';
}

export const noSuchChannel = (id: string): BiotError =>
  new BiotError('NOT_FOUND', `there is no channel ${id}`);

/** @throws BiotError NOT_FOUND also for one that the asker may not see; FORBIDDEN, LEDGER_STALE or DATABASE_UNAVAILABLE */
export async function channelFor(
  action: 'notification:read' | 'notification:put',
  id: string,
  { judge, parts: { notifications } }: { judge: Judge; parts: Pick<Parts, 'notifications'> },
): Promise<PutChannel> {
  const channel = (await notifications.channels()).filter(isPut).find((each) => each.id === id);
  if (channel === undefined || !allowsOn(judge, 'notification:read', channel)) throw noSuchChannel(id);
  requireOn(judge, action, channel);
  return channel;
}

export function channelView(channel: PutChannel, judge: Judge): ChannelView {
  const { id, version, author, updatedAt, succeededAt, failedAt, failure, waiting, dead } = channel;
  const { name, tenant, enabled, minimumSeverity, rules, destination } = channel;
  return {
    id,
    definition: { name, tenant, enabled, minimumSeverity, rules, destination },
    ...{ version, author, updatedAt, succeededAt, failedAt, failure, waiting, dead },
    mayPut: allowsOn(judge, 'notification:put', channel),
  };
}

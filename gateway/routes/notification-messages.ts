import { z } from 'zod';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { alertIdSchema } from '../../chaincode/protocol/alerts/alert.ts';
import { instantSchema } from '../../chaincode/protocol/message.ts';
import { contentSchema } from '../../chaincode/protocol/notifications/notice.ts';
import { mayForDevices } from '../http/access.ts';
import { cursorField, limitField, nextField, pageOf } from '../http/fields.ts';
import { defineRoute, type Route } from '../http/route.ts';
import { channelKind } from './notification-views.ts';
import { found } from './outgoing.ts';

const tag = 'Notifications';
const PATH = '/api/v1/notification-channels/{id}';
const REFUSALS = ['NOT_FOUND', 'DATABASE_UNAVAILABLE'] as const;

const params = z.strictObject({ id: z.uuid() });

/** 63 bits, as of alerts. */
const messageIdSchema = alertIdSchema.meta({ id: 'NotificationMessageId', examples: ['17'] });

const sendTest = defineRoute({
  method: 'post',
  path: `${PATH}/test`,
  tag,
  operation: 'testNotificationChannel',
  summary: 'Send a test message',
  description: 'The channel’s `succeededAt`, `failedAt` and `failure` say what became of it.',
  access: mayForDevices('notification:put'),
  request: z.strictObject({ params }),
  answer: { status: 202, description: 'It will be sent within seconds', schema: z.undefined() },
  refusals: REFUSALS,
  async handle({ request: { params: asked }, caller: { session, judge }, parts }) {
    const { id, enabled } = await found(channelKind, asked.id, { judge, parts });
    if (!enabled) throw new BiotError('INVALID_ARGUMENT', 'the channel is switched off');
    const { notifications, clock } = parts;
    const content = { kind: 'test' as const, by: session.member.name, at: clock() };
    await notifications.send({ channel: id, content }, clock());
    return undefined;
  },
});

const deadLetterSchema = z
  .strictObject({
    id: messageIdSchema,
    content: contentSchema,
    /** None of what was too old before its turn came. */
    attempts: z.int().min(0),
    failure: z.string().nullable(),
    createdAt: instantSchema,
    deadAt: instantSchema,
  })
  .meta({ id: 'DeadLetter' });

const listDeadLetters = defineRoute({
  method: 'get',
  path: `${PATH}/dead-letters`,
  tag,
  operation: 'listDeadLetters',
  summary: 'List what could not be delivered',
  description:
    'Messages that were given up on after a day or 20 attempts, the newest first. They lie for 30 days.',
  access: mayForDevices('notification:read', 'last-known'),
  request: z.strictObject({
    params,
    query: z.strictObject({
      limit: limitField(50, 200),
      cursor: cursorField(z.strictObject({ id: messageIdSchema })),
    }),
  }),
  answer: {
    status: 200,
    description: 'A page of messages',
    schema: z
      .strictObject({ letters: z.array(deadLetterSchema), next: nextField })
      .meta({ id: 'DeadLetterPage' }),
  },
  refusals: REFUSALS,
  async handle({ request: { params: asked, query }, caller: { judge }, parts }) {
    const { id: channel } = await found(channelKind, asked.id, { judge, parts, action: 'notification:read' });
    const before = query.cursor && BigInt(query.cursor.id);
    const letters = await parts.notifications.dead({ channel, before, limit: query.limit + 1 });
    const { page, next } = pageOf(letters, query.limit, ({ id }) => ({ id: id.toString() }));
    return {
      letters: page.map(({ id, content, attempts, failure, createdAt, deadAt }) => ({
        ...{ id: id.toString(), content, attempts, failure, createdAt, deadAt: deadAt ?? createdAt },
      })),
      next,
    };
  },
});

const letterParams = z.strictObject({ id: z.uuid(), message: messageIdSchema });

const noSuchLetter = (id: string): BiotError => new BiotError('NOT_FOUND', `there is no dead letter ${id}`);

const sendAgain = defineRoute({
  method: 'post',
  path: `${PATH}/dead-letters/{message}/send-again`,
  tag,
  operation: 'sendDeadLetterAgain',
  summary: 'Send a dead letter again',
  description: 'At once, and under the id that it had.',
  access: mayForDevices('notification:put'),
  request: z.strictObject({ params: letterParams }),
  answer: { status: 202, description: 'It waits to be sent', schema: z.undefined() },
  refusals: REFUSALS,
  async handle({ request: { params: asked }, caller: { judge }, parts: all }) {
    const { id: channel } = await found(channelKind, asked.id, { judge, parts: all });
    const { notifications, clock } = all;
    if (!(await notifications.revive({ channel, id: BigInt(asked.message) }, clock())))
      throw noSuchLetter(asked.message);
    return undefined;
  },
});

const discard = defineRoute({
  method: 'delete',
  path: `${PATH}/dead-letters/{message}`,
  tag,
  operation: 'discardDeadLetter',
  summary: 'Throw a dead letter away',
  description: 'It is never sent.',
  access: mayForDevices('notification:put'),
  request: z.strictObject({ params: letterParams }),
  answer: { status: 204, description: 'It is gone', schema: z.undefined() },
  refusals: REFUSALS,
  async handle({ request: { params: asked }, caller: { judge }, parts }) {
    const { id: channel } = await found(channelKind, asked.id, { judge, parts });
    if (!(await parts.notifications.discard({ channel, id: BigInt(asked.message) })))
      throw noSuchLetter(asked.message);
    return undefined;
  },
});

export const notificationMessageRoutes: readonly Route[] = [sendTest, listDeadLetters, sendAgain, discard];

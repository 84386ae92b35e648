import { randomUUID } from 'node:crypto';

import { z } from 'zod';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { severitySchema } from '../../chaincode/protocol/alerts/severity.ts';
import { outwardUrlSchema, pushSubscriptionSchema } from '../../chaincode/protocol/notifications/channel.ts';
import { servesAll, type Tenants } from '../../chaincode/protocol/tenants.ts';
import type { StoredChannel } from '../../sql/queries/notifications.ts';
import { mayForDevices } from '../http/access.ts';
import { defineRoute, type Route } from '../http/route.ts';
import type { Parts } from '../parts.ts';
import type { Judge } from '../policy/judge.ts';

const tag = 'Notifications';
const PATH = '/api/v1/push-subscriptions';

/** Of one member: a new one takes the place of the one that was renewed longest ago. */
const MOST_BROWSERS = 10;

const getKey = defineRoute({
  method: 'get',
  path: '/api/v1/push-key',
  tag,
  operation: 'getPushKey',
  summary: 'Get the key that browsers subscribe with',
  description: 'The application server key of the W3C Push API, in base64url.',
  access: mayForDevices('alert:read', 'last-known'),
  request: z.strictObject({}),
  answer: {
    status: 200,
    description: 'The key',
    schema: z.strictObject({ publicKey: z.string() }).meta({ id: 'PushKey' }),
  },
  refusals: [],
  handle: ({ parts: { notifications } }) => ({ publicKey: notifications.pushKey }),
});

interface Browser {
  readonly channel: StoredChannel;
  readonly destination: Extract<StoredChannel['destination'], { kind: 'web-push' }>;
}

function browsersIn(channels: readonly StoredChannel[]): Browser[] {
  return channels.flatMap((channel) =>
    channel.destination.kind === 'web-push' ? [{ channel, destination: channel.destination }] : [],
  );
}

/** Whose alerts the rules let a member read, whatever the device: nobody asks the rules when an alert is told. */
function readableTenants(judge: Judge, policy: Parts['policy']): Tenants {
  if (policy.deniesSomewhere(judge.subject, 'alert:read')) return [];
  if (servesAll(judge.tenants)) return judge.allows('alert:read', {}) ? '*' : [];
  return judge.tenants.filter((tenant) => judge.allows('alert:read', { tenant }));
}

const subscribe = defineRoute({
  method: 'put',
  path: PATH,
  tag,
  operation: 'subscribeBrowser',
  summary: 'Have this browser told of alerts',
  description:
    'Those of the tenants whose alerts the asker may read, whatever the device. Asked again, it changes the severity; the ' +
    'dashboard asks whenever it opens. It ends when the member does, and when the browser unsubscribes.',
  access: mayForDevices('alert:read'),
  request: z.strictObject({
    body: z
      .strictObject({ subscription: pushSubscriptionSchema, minimumSeverity: severitySchema })
      .meta({ id: 'BrowserSubscription' }),
  }),
  answer: { status: 204, description: 'It is told', schema: z.undefined() },
  refusals: ['DATABASE_UNAVAILABLE'],
  async handle({ request: { body }, caller: { session, judge }, parts: { notifications, policy, clock } }) {
    const tenants = readableTenants(judge, policy);
    if (tenants.length === 0)
      throw new BiotError('FORBIDDEN', 'the rules let you read no tenant’s alerts whatever the device');
    const { subscription, minimumSeverity } = body;
    const member = session.member.name;
    const browsers = browsersIn(await notifications.channels());
    const same = browsers.filter(({ destination: { subscription: known } }) => isSame(known, subscription));
    const own = browsers
      .filter((browser) => browser.destination.member === member && !same.includes(browser))
      .toSorted((one, other) => other.channel.updatedAt - one.channel.updatedAt);
    for (const { channel } of [...same, ...own.slice(MOST_BROWSERS - 1)])
      await notifications.remove(channel.id);
    const destination = { kind: 'web-push' as const, member, tenants, subscription };
    const made = { id: randomUUID(), version: 1, author: member, updatedAt: clock(), name: member };
    const filter = { tenant: null, enabled: true, minimumSeverity, rules: null };
    await notifications.put({ channel: { ...made, ...filter, destination }, sealedSecret: null });
    return undefined;
  },
});

type Subscription = z.infer<typeof pushSubscriptionSchema>;

/** Also that it has the secret of the browser: who but knows an address cannot take it over. */
function isSame(one: Subscription, other: Subscription): boolean {
  return one.endpoint === other.endpoint && one.keys.auth === other.keys.auth;
}

const unsubscribe = defineRoute({
  method: 'delete',
  path: PATH,
  tag,
  operation: 'unsubscribeBrowser',
  summary: 'Tell this browser no more',
  description: 'Of a browser of the asker; one that is not told stays so.',
  access: mayForDevices('alert:read', 'last-known'),
  request: z.strictObject({
    body: z.strictObject({ endpoint: outwardUrlSchema }).meta({ id: 'BrowserEndpoint' }),
  }),
  answer: { status: 204, description: 'It is not told', schema: z.undefined() },
  refusals: ['DATABASE_UNAVAILABLE'],
  async handle({ request: { body }, caller: { session }, parts: { notifications } }) {
    for (const { channel, destination } of browsersIn(await notifications.channels()))
      if (destination.member === session.member.name && destination.subscription.endpoint === body.endpoint)
        await notifications.remove(channel.id);
    return undefined;
  },
});

export const pushSubscriptionRoutes: readonly Route[] = [getKey, subscribe, unsubscribe];

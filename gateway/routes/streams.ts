import { randomUUID, X509Certificate } from 'node:crypto';

import { z } from 'zod';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import {
  type StreamDefinition,
  streamDefinitionSchema,
  type StreamDestination,
} from '../../chaincode/protocol/streams/stream.ts';
import { newSecret } from '../../network/notifications/secrets.ts';
import type { Added } from '../audit/facts.ts';
import { mayForDevices, type Person } from '../http/access.ts';
import { defineRoute, type Route } from '../http/route.ts';
import type { Parts } from '../parts.ts';
import type { FollowedStream } from '../streams/stream-store.ts';
import { allowsOn } from './of-tenant.ts';
import {
  noSuchStream,
  requireStream,
  streamFor,
  type StreamView,
  streamView,
  streamViewSchema,
} from './stream-views.ts';

const tag = 'Streams';
const PATH = '/api/v1/streams';
const params = z.strictObject({ id: z.uuid() });

/** Of one tenant, or of none. */
const MOST_STREAMS = 20;
/** So that it fits into what seals it. */
const MOST_PASSWORD_BYTES = 200;

const putSchema = streamDefinitionSchema
  .extend({
    password: z
      .string()
      .min(1)
      .refine(
        (text) => Buffer.byteLength(text) <= MOST_PASSWORD_BYTES,
        `at most ${MOST_PASSWORD_BYTES} bytes`,
      )
      .optional()
      .meta({ description: 'Of the user at the broker; it is never shown. Left out, it stays' }),
  })
  .meta({ id: 'StreamPut' });
type Put = z.infer<typeof putSchema>;

const listStreams = defineRoute({
  method: 'get',
  path: PATH,
  tag,
  operation: 'listStreams',
  summary: 'List streams',
  description:
    'Where telemetry goes on to, in the order of names: those that the asker may see, and how far they came.',
  access: mayForDevices('stream:read', 'last-known'),
  request: z.strictObject({}),
  answer: {
    status: 200,
    description: 'The streams',
    schema: z.strictObject({ streams: z.array(streamViewSchema) }).meta({ id: 'Streams' }),
  },
  refusals: ['DATABASE_UNAVAILABLE'],
  async handle({ caller: { judge }, parts: { streams } }) {
    const all = await streams.streams();
    return {
      streams: all
        .filter((stream) => allowsOn(judge, 'stream:read', stream))
        .map((stream) => streamView(stream, judge)),
    };
  },
});

const secretField = z.string().meta({
  description: 'What deliveries are signed with, as Standard Webhooks writes it; it is never shown again',
});

type Putting = Pick<Person, 'session' | 'judge'> & { readonly parts: Parts };

interface Change {
  readonly id: string;
  readonly version: number;
  readonly definition: StreamDefinition;
  readonly sealedSecret: Uint8Array | null;
}

async function put(
  { id, version, definition, sealedSecret }: Change,
  { session, judge, parts: { streams, clock } }: Putting,
): Promise<StreamView> {
  const author = session.member.name;
  await streams.put({ stream: { ...definition, id, version, author, updatedAt: clock() }, sealedSecret });
  const stored = (await streams.streams()).find((each) => each.id === id);
  if (stored === undefined) throw noSuchStream(id);
  return streamView(stored, judge);
}

/** For the audit trail: to whom telemetry goes, without what an address may carry as a key. */
function factsOf({ destination: { url } }: StreamDefinition): Added {
  return { told: { to: new URL(url).host } };
}

/** @throws BiotError INVALID_ARGUMENT */
function checkDestination(destination: StreamDestination, password: string | undefined): void {
  const user = destination.kind === 'mqtt' ? destination.user : null;
  if (password !== undefined && user === null)
    throw new BiotError('INVALID_ARGUMENT', 'password: only a user at a broker has one');
  if (destination.kind !== 'mqtt' || destination.authority === null) return;
  try {
    new X509Certificate(destination.authority);
  } catch (cause) {
    throw new BiotError('INVALID_ARGUMENT', 'destination.authority: is no certificate', { cause });
  }
}

const addStream = defineRoute({
  method: 'post',
  path: PATH,
  tag,
  operation: 'addStream',
  summary: 'Add a stream',
  description:
    'Sends what is stored from now on to a webhook, signed as Standard Webhooks says, or to a topic of a broker: at least ' +
    'once, in the order of each log. Neither may be at an inner address, and redirects are not followed.',
  access: mayForDevices('stream:put'),
  request: z.strictObject({ body: putSchema }),
  answer: {
    status: 201,
    description: 'The stream, and its secret if it has one',
    schema: z
      .strictObject({ stream: streamViewSchema, secret: secretField.nullable() })
      .meta({ id: 'StreamMade' }),
  },
  refusals: ['DATABASE_UNAVAILABLE'],
  async handle({ request: { body }, caller: { session, judge }, parts, exchange }) {
    requireStream(judge, parts, body);
    const { streams } = parts;
    const { password, ...definition } = body;
    checkDestination(definition.destination, password);
    exchange.adds(factsOf(definition));
    const others = (await streams.streams()).filter(({ tenant }) => tenant === definition.tenant);
    if (others.length >= MOST_STREAMS)
      throw new BiotError('INVALID_ARGUMENT', `a tenant has at most ${MOST_STREAMS} streams`);
    const id = randomUUID();
    const secret = definition.destination.kind === 'webhook' ? newSecret() : null;
    const sealed = secret ?? password;
    const sealedSecret = sealed === undefined ? null : streams.seal(id, sealed);
    const stream = await put({ id, version: 1, definition, sealedSecret }, { session, judge, parts });
    return { stream, secret };
  },
});

/** Where a password goes to, and by whose word it is the right place. */
function addresseeOf(destination: StreamDestination): string {
  return destination.kind === 'mqtt'
    ? JSON.stringify([destination.url, destination.user, destination.authority])
    : '';
}

/**
 * The attacker is who may change a stream, and has never known the password: it would go to a broker of their own.
 *
 * @throws BiotError INVALID_ARGUMENT
 */
function secretAfter(
  before: FollowedStream,
  { destination, password }: Pick<Put, 'destination' | 'password'>,
  { streams }: Parts,
): Uint8Array | null {
  if (password !== undefined) return streams.seal(before.id, password);
  if (destination.kind === 'mqtt' && destination.user === null) return null;
  if (before.sealedSecret !== null && addresseeOf(before.destination) !== addresseeOf(destination))
    throw new BiotError(
      'INVALID_ARGUMENT',
      'password: it has to be given again, for another broker, user or authority',
    );
  return before.sealedSecret;
}

const changeStream = defineRoute({
  method: 'put',
  path: `${PATH}/{id}`,
  tag,
  operation: 'changeStream',
  summary: 'Change a stream',
  description:
    'All but its kind and its tenant. It goes on where it stands: also one that was switched off. A webhook keeps its secret; ' +
    'a password is given again when the broker, the user or the authority is another.',
  access: mayForDevices('stream:put'),
  request: z.strictObject({ params, body: putSchema }),
  answer: { status: 200, description: 'The stream as it is now', schema: streamViewSchema },
  refusals: ['NOT_FOUND', 'TRANSITION_ILLEGAL', 'DATABASE_UNAVAILABLE'],
  async handle({ request: { params: asked, body }, caller: { session, judge }, parts, exchange }) {
    const before = await streamFor(asked.id, { judge, parts });
    requireStream(judge, parts, body);
    const { password, ...definition } = body;
    checkDestination(definition.destination, password);
    exchange.adds(factsOf(definition));
    if (before.destination.kind !== definition.destination.kind)
      throw new BiotError('INVALID_ARGUMENT', 'destination: a stream stays of its kind');
    if (before.tenant !== definition.tenant)
      throw new BiotError('INVALID_ARGUMENT', 'tenant: a stream stays of its tenant');
    const sealedSecret = secretAfter(before, { destination: definition.destination, password }, parts);
    const { id } = before;
    return put({ id, version: before.version + 1, definition, sealedSecret }, { session, judge, parts });
  },
});

const renewSecret = defineRoute({
  method: 'post',
  path: `${PATH}/{id}/secret`,
  tag,
  operation: 'renewStreamSecret',
  summary: 'Give a stream to a webhook a new secret',
  description: 'Whatever is sent from now on is signed with it, and nothing with the former one.',
  access: mayForDevices('stream:put'),
  request: z.strictObject({ params }),
  answer: {
    status: 200,
    description: 'The secret',
    schema: z.strictObject({ secret: secretField }).meta({ id: 'StreamSecret' }),
  },
  refusals: ['NOT_FOUND', 'TRANSITION_ILLEGAL', 'DATABASE_UNAVAILABLE'],
  async handle({ request: { params: asked }, caller: { session, judge }, parts }) {
    const before = await streamFor(asked.id, { judge, parts });
    // Whoever has the secret can tell, and make, what is of this stream.
    requireStream(judge, parts, before);
    if (before.destination.kind !== 'webhook')
      throw new BiotError('INVALID_ARGUMENT', 'only webhooks are signed with a secret');
    const secret = newSecret();
    const { id } = before;
    const { definition } = streamView(before, judge);
    const sealedSecret = parts.streams.seal(id, secret);
    await put({ id, version: before.version + 1, definition, sealedSecret }, { session, judge, parts });
    return { secret };
  },
});

const removeStream = defineRoute({
  method: 'delete',
  path: `${PATH}/{id}`,
  tag,
  operation: 'removeStream',
  summary: 'Take a stream away',
  description: 'Nothing more is sent, and how far it came is forgotten.',
  access: mayForDevices('stream:put'),
  request: z.strictObject({ params }),
  answer: { status: 204, description: 'It is gone', schema: z.undefined() },
  refusals: ['NOT_FOUND', 'DATABASE_UNAVAILABLE'],
  async handle({ request: { params: asked }, caller: { judge }, parts }) {
    const { id } = await streamFor(asked.id, { judge, parts });
    await parts.streams.remove(id);
    return undefined;
  },
});

export const streamRoutes: readonly Route[] = [
  listStreams,
  addStream,
  changeStream,
  renewSecret,
  removeStream,
];

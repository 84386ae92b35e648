import { X509Certificate } from 'node:crypto';

import { z } from 'zod';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import {
  type StreamDefinition,
  streamDefinitionSchema,
  type StreamDestination,
} from '../../chaincode/protocol/streams/stream.ts';
import type { Added } from '../audit/facts.ts';
import { mayForDevices } from '../http/access.ts';
import { defineRoute, type Route } from '../http/route.ts';
import type { Parts } from '../parts.ts';
import type { FollowedStream } from '../streams/stream-store.ts';
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
import { requireStream, streamKind, streamViewSchema } from './stream-views.ts';

const tag = 'Streams';
const PATH = '/api/v1/streams';

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
  async handle({ caller: { judge }, parts }) {
    return { streams: await listed(streamKind, { judge, parts }) };
  },
});

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
    const { password, ...definition } = body;
    checkDestination(definition.destination, password);
    exchange.adds(factsOf(definition));
    const { view, secret } = await added(streamKind, { definition, password }, { session, judge, parts });
    return { stream: view, secret };
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
    `a password is given again when the broker, the user or the authority is another. ${CHANGE_OF_SEEN}`,
  access: mayForDevices('stream:put'),
  request: z.strictObject({
    params: outgoingParams,
    body: putSchema.extend({ version: seenVersionField }).meta({ id: 'StreamChange' }),
  }),
  answer: { status: 200, description: 'The stream as it is now', schema: streamViewSchema },
  refusals: CHANGE_REFUSALS,
  async handle({ request: { params: asked, body }, caller: { session, judge }, parts, exchange }) {
    const before = await found(streamKind, asked.id, { judge, parts });
    requireStream(judge, parts, body);
    const { password, version, ...definition } = body;
    checkDestination(definition.destination, password);
    exchange.adds(factsOf(definition));
    const seen = { version, ifMatch: exchange.header('if-match') };
    const { destination } = definition;
    const next = {
      ...{ definition, seen },
      secretAfter: () => secretAfter(before, { destination, password }, parts),
    };
    return changed(streamKind, before, next, { session, judge, parts });
  },
});

// Whoever has the secret can tell, and make, what is of this stream.
const renewSecret = renewSecretRoute(
  streamKind,
  { tag, path: PATH, operation: 'renewStreamSecret', summary: 'Give a stream to a webhook a new secret' },
  (before, { judge, parts }) => {
    requireStream(judge, parts, before);
  },
);

const removeStream = removeRoute(streamKind, {
  ...{ tag, path: PATH, operation: 'removeStream', summary: 'Take a stream away' },
  description: 'Nothing more is sent, and how far it came is forgotten.',
});

export const streamRoutes: readonly Route[] = [
  listStreams,
  addStream,
  changeStream,
  renewSecret,
  removeStream,
];

import { z } from 'zod';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { instantSchema } from '../../chaincode/protocol/message.ts';
import { type StreamDefinition, streamDefinitionSchema } from '../../chaincode/protocol/streams/stream.ts';
import type { Parts } from '../parts.ts';
import type { Judge } from '../policy/judge.ts';
import type { FollowedStream } from '../streams/stream-store.ts';
import { allowsOn, requireOn } from './of-tenant.ts';
import type { OutgoingKind } from './outgoing.ts';

export const streamViewSchema = z
  .strictObject({
    id: z.uuid(),
    definition: streamDefinitionSchema,
    version: z.int().min(1),
    author: z.string(),
    updatedAt: instantSchema,
    deliveredAt: instantSchema.nullable().meta({ description: 'When a delivery was last taken' }),
    failedAt: instantSchema.nullable().meta({ description: 'When one was last not taken' }),
    failure: z.string().nullable().meta({ description: 'Why; null when one was taken since' }),
    behind: z
      .strictObject({
        batches: z.int().min(0).meta({ description: 'Stored batches that were not looked at yet' }),
        since: instantSchema.nullable().meta({ description: 'When the oldest of them was stored' }),
      })
      .meta({ description: 'How far it is behind what is stored' }),
    mayPut: z.boolean().meta({ description: 'Whether the policy lets the asker change it now' }),
  })
  .meta({ id: 'Stream' });
type StreamView = z.infer<typeof streamViewSchema>;

/**
 * Whoever decides where telemetry goes on to has to be allowed to see all of the tenant's, whatever the device: nobody asks the
 * rules when it is sent.
 *
 * @throws BiotError FORBIDDEN or LEDGER_STALE
 */
export function requireStream(
  judge: Judge,
  { policy }: Pick<Parts, 'policy'>,
  stream: { readonly tenant: string | null },
): void {
  requireOn(judge, 'stream:put', stream);
  requireOn(judge, 'telemetry:read', stream);
  if (policy.deniesSomewhere(judge.subject, 'telemetry:read'))
    throw new BiotError('FORBIDDEN', 'the rules do not let you read telemetry whatever the device');
}

function definitionOf({ name, tenant, enabled, filter, destination }: FollowedStream): StreamDefinition {
  return { name, tenant, enabled, filter, destination };
}

function streamView(stream: FollowedStream, judge: Judge): StreamView {
  const { id, version, author, updatedAt, deliveredAt, failedAt, failure, behind } = stream;
  return {
    id,
    definition: definitionOf(stream),
    ...{ version, author, updatedAt, deliveredAt, failedAt, failure, behind },
    mayPut: allowsOn(judge, 'stream:put', stream),
  };
}

export const streamKind: OutgoingKind<FollowedStream, StreamDefinition, StreamView> = {
  ...{ noun: 'stream', read: 'stream:read', put: 'stream:put', most: 20 },
  store: ({ streams }) => ({
    all: () => streams.streams(),
    put: (stream, sealedSecret) => streams.put({ stream, sealedSecret }),
    remove: (id) => streams.remove(id),
    seal: (id, secret) => streams.seal(id, secret),
  }),
  definition: definitionOf,
  view: streamView,
};

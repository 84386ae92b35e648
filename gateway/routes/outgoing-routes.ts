/** Routes that what leads outside has whatever its kind. */
import { z } from 'zod';

import { mayForDevices } from '../http/access.ts';
import { IF_MATCH } from '../http/if-match.ts';
import { defineRoute, type Route } from '../http/route.ts';
import { type Asker, type Defined, found, type Outgoing, type OutgoingKind, renewed } from './outgoing.ts';

export const outgoingParams = z.strictObject({ id: z.uuid() });

export const secretField = z.string().meta({
  description: 'What is sent is signed with it, as Standard Webhooks writes it; it is never shown again',
});

const newSecretSchema = z.strictObject({ secret: secretField }).meta({ id: 'NewSecret' });

/** In the body of a change. */
export const seenVersionField = z
  .int()
  .min(1)
  .optional()
  .meta({ description: 'That was seen, and is to be changed; needed unless `If-Match` is given' });

export const CHANGE_OF_SEEN =
  'Takes the place of the version that is named: who has seen an older one is refused, and looks at the newest first. ' +
  `${IF_MATCH} It may stand for \`version\`, or beside it; then both have to be right.`;

export const CHANGE_REFUSALS = ['NOT_FOUND', 'VERSION_CONFLICT', 'DATABASE_UNAVAILABLE'] as const;

interface Words {
  readonly tag: string;
  readonly path: string;
  readonly operation: string;
  readonly summary: string;
}

/** @param check what else has to be so, for whoever gets the secret; it throws */
export function renewSecretRoute<Stored extends Outgoing, Definition extends Defined, View>(
  kind: OutgoingKind<Stored, Definition, View>,
  { path, ...words }: Words,
  check: (stored: Stored, asker: Pick<Asker, 'judge' | 'parts'>) => void = () => undefined,
): Route {
  return defineRoute({
    ...words,
    method: 'post',
    path: `${path}/{id}/secret`,
    description: `Whatever is sent from now on is signed with it, and nothing with the former one. ${IF_MATCH}`,
    access: mayForDevices(kind.put),
    request: z.strictObject({ params: outgoingParams }),
    answer: {
      status: 200,
      description: 'The secret',
      schema: newSecretSchema,
    },
    refusals: CHANGE_REFUSALS,
    async handle({ request: { params: asked }, caller: { session, judge }, exchange, parts }) {
      const before = await found(kind, asked.id, { judge, parts });
      check(before, { judge, parts });
      const ifMatch = exchange.header('if-match');
      return renewed(kind, before, { ifMatch }, { session, judge, parts });
    },
  });
}

export function removeRoute<Stored extends Outgoing, Definition extends Defined, View>(
  kind: OutgoingKind<Stored, Definition, View>,
  { path, ...words }: Words & { readonly description: string },
): Route {
  return defineRoute({
    ...words,
    method: 'delete',
    path: `${path}/{id}`,
    access: mayForDevices(kind.put),
    request: z.strictObject({ params: outgoingParams }),
    answer: { status: 204, description: 'It is gone', schema: z.undefined() },
    refusals: ['NOT_FOUND', 'DATABASE_UNAVAILABLE'],
    async handle({ request: { params: asked }, caller: { judge }, parts }) {
      const { id } = await found(kind, asked.id, { judge, parts });
      await kind.store(parts).remove(id);
      return undefined;
    },
  });
}

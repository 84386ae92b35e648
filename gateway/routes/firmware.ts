import { z } from 'zod';

import { BiotError, type ErrorCode } from '../../chaincode/protocol/errors.ts';
import {
  releaseDraftSchema,
  releaseResource,
  type SignedRelease,
  signedReleaseSchema,
} from '../../chaincode/protocol/firmware/release.ts';
import { hashHexSchema } from '../../chaincode/protocol/hash.ts';
import { deviceTypeSchema } from '../../chaincode/protocol/identifiers.ts';
import type { Action } from '../../chaincode/protocol/policy/actions.ts';
import { mayForTypes } from '../http/access.ts';
import { requireMediaType } from '../http/json-body.ts';
import { defineRoute, type Route } from '../http/route.ts';
import type { Parts } from '../parts.ts';
import { withdrawalSchema } from './codes.ts';
import { LEDGER_REFUSALS, SIGNED } from './device-changes.ts';
import { CORROBORATED_REFUSALS } from './proposals.ts';

const tag = 'Firmware';

const IMAGE_TYPE = 'application/octet-stream';
const params = z.strictObject({ id: hashHexSchema });
const CHANGE_REFUSALS: readonly ErrorCode[] = [...CORROBORATED_REFUSALS, ...LEDGER_REFUSALS];

const releaseViewSchema = signedReleaseSchema
  .extend({ stored: z.boolean().meta({ description: 'Whether the image is here, for devices to fetch' }) })
  .meta({ id: 'ReleaseView' });

async function viewOf(
  release: SignedRelease,
  { firmware }: Parts,
): Promise<z.input<typeof releaseViewSchema>> {
  return { ...release, stored: await firmware.images.has(release.id) };
}

const ANSWER = {
  status: 200,
  description: 'The release as the ledger has it now',
  schema: releaseViewSchema,
} as const;

const listReleases = defineRoute({
  method: 'get',
  path: '/api/v1/firmware/releases',
  tag,
  operation: 'listReleases',
  summary: 'Releases of firmware',
  description:
    'Of a type, or of all; by type, the newest version first. Read with the member’s own key and signed by two ' +
    'organisations’ peers.',
  access: mayForTypes('firmware:read', 'contract'),
  request: z.strictObject({ query: z.strictObject({ type: deviceTypeSchema.optional() }) }),
  answer: {
    status: 200,
    description: 'The releases',
    schema: z.strictObject({ releases: z.array(releaseViewSchema) }).meta({ id: 'Releases' }),
  },
  refusals: CORROBORATED_REFUSALS,
  async handle({ request: { query }, caller: { session }, parts }) {
    const releases = await session.firmware.releases(query.type);
    return { releases: await Promise.all(releases.map((release) => viewOf(release, parts))) };
  },
});

const getRelease = defineRoute({
  method: 'get',
  path: '/api/v1/firmware/releases/{id}',
  tag,
  operation: 'getRelease',
  summary: 'One release',
  description: 'By the SHA-256 of its image. Read like the list of them.',
  access: mayForTypes('firmware:read', 'contract'),
  request: z.strictObject({ params }),
  answer: { status: 200, description: 'The release', schema: releaseViewSchema },
  refusals: ['NOT_FOUND', ...CORROBORATED_REFUSALS],
  handle: async ({ request, caller: { session }, parts }) =>
    viewOf(await session.firmware.release(request.params.id), parts),
});

const publish = defineRoute({
  method: 'post',
  path: '/api/v1/firmware/releases',
  tag,
  operation: 'publishRelease',
  summary: 'Publish a release',
  description:
    'Puts a signed release on the ledger, which verifies the signature, for a type of the member’s organisation. The image ' +
    `follows with \`PUT /api/v1/firmware/images/{id}\`. The same again changes nothing. ${SIGNED}`,
  access: mayForTypes('firmware:publish', 'contract'),
  request: z.strictObject({ body: releaseDraftSchema }),
  answer: { status: 201, description: 'The release as the ledger has it now', schema: releaseViewSchema },
  refusals: ['FIRMWARE_INVALID', 'TYPE_UNKNOWN', 'NOT_FOUND', ...CHANGE_REFUSALS],
  handle: async ({ request: { body }, caller: { session }, exchange, parts }) =>
    viewOf(exchange.committed(await session.firmware.publish(body)).release, parts),
});

const approve = defineRoute({
  method: 'post',
  path: '/api/v1/firmware/releases/{id}/approve',
  tag,
  operation: 'approveRelease',
  summary: 'Approve a release',
  description: `Devices may have it from now on. Only a member of another organisation than the publisher’s may. ${SIGNED}`,
  access: mayForTypes('firmware:approve', 'contract'),
  request: z.strictObject({ params }),
  answer: ANSWER,
  refusals: ['NOT_FOUND', 'TRANSITION_ILLEGAL', 'FIRMWARE_INVALID', ...CHANGE_REFUSALS],
  async handle({ request: { params: asked }, caller: { session }, exchange, parts }) {
    // Nothing is approved through a peer that would show it otherwise than another organisation's does.
    await session.firmware.release(asked.id);
    return viewOf(exchange.committed(await session.firmware.approve(asked.id)).release, parts);
  },
});

interface Stop {
  readonly verb: 'reject' | 'withdraw';
  readonly right: Action;
  readonly summary: string;
  readonly effect: string;
}

function stopRoute({ verb, right, summary, effect }: Stop): Route {
  return defineRoute({
    method: 'post',
    path: `/api/v1/firmware/releases/{id}/${verb}`,
    tag,
    operation: `${verb}Release`,
    summary,
    description: `${effect} ${SIGNED}`,
    access: mayForTypes(right, 'contract'),
    request: z.strictObject({ params, body: withdrawalSchema }),
    answer: ANSWER,
    refusals: ['NOT_FOUND', 'TRANSITION_ILLEGAL', ...CHANGE_REFUSALS],
    handle: async ({ request: { params: asked, body }, caller: { session }, exchange, parts }) =>
      viewOf(exchange.committed(await session.firmware[verb](asked.id, body.reason)).release, parts),
  });
}

const uploadImage = defineRoute({
  method: 'put',
  path: '/api/v1/firmware/images/{id}',
  tag,
  operation: 'uploadImage',
  summary: 'Upload the image of a release',
  description:
    'The bytes whose SHA-256 is the release’s id. They are taken for a release that the ledger has as published or approved, ' +
    'of a type of the member’s organisation, and only as it describes them: of what is larger, smaller, broken off or has another ' +
    'hash nothing is kept. One that is here already is the same one afterwards.',
  access: mayForTypes('firmware:publish'),
  request: z.strictObject({ params }),
  bytesBody: {
    mediaTypes: [IMAGE_TYPE],
    description: 'The image',
    schema: z.string().meta({ format: 'binary' }),
    streamed: true,
  },
  large: 'files',
  answer: { status: 204, description: 'It is here', schema: z.undefined() },
  refusals: ['NOT_FOUND', 'TRANSITION_ILLEGAL', 'FIRMWARE_INVALID', 'STORE_FULL', ...CORROBORATED_REFUSALS],
  async handle({ request: { params: asked }, caller: { session, judge }, exchange, parts: { firmware } }) {
    requireMediaType(exchange, [IMAGE_TYPE]);
    const release = await session.firmware.release(asked.id);
    judge.require('firmware:publish', releaseResource(release));
    if (release.state !== 'published' && release.state !== 'approved')
      throw new BiotError('TRANSITION_ILLEGAL', `the release is ${release.state}`);
    // Also when it is here: who is answered before all was sent may see the connection break instead of the answer.
    await firmware.images.keep(release, exchange.body);
    return undefined;
  },
});

export const firmwareRoutes: readonly Route[] = [
  listReleases,
  getRelease,
  publish,
  approve,
  stopRoute({
    verb: 'reject',
    right: 'firmware:approve',
    summary: 'Reject a release',
    effect:
      'Ends a release that waits for approval. Only a member of another organisation than the publisher’s may.',
  }),
  stopRoute({
    verb: 'withdraw',
    right: 'firmware:publish',
    summary: 'Withdraw a release',
    effect:
      'No device gets it from now on. It takes `firmware:publish` in the organisation that published it, and ' +
      '`firmware:approve` in another.',
  }),
  uploadImage,
];

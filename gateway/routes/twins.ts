import { z } from 'zod';

import { mergePatch } from '../../chaincode/protocol/merge-patch.ts';
import { resourceOf } from '../../chaincode/protocol/policy/device-resource.ts';
import {
  type Desired,
  desiredSchema,
  type Properties,
  propertiesSchema,
  type Twin,
  twinSchema,
  twinVersionSchema,
} from '../../chaincode/protocol/twin.ts';
import { mayForDevices, type Person } from '../http/access.ts';
import { IF_MATCH, requireSaid, requireSeen, type Seen } from '../http/if-match.ts';
import { readJson } from '../http/json-body.ts';
import { defineRoute, type Route } from '../http/route.ts';
import { invalidRequest } from '../http/validation.ts';
import type { Parts } from '../parts.ts';
import { deviceParams } from './device-views.ts';

const tag = 'Twins';
const MAX_BODY_BYTES = 16 * 1024;
const MERGE_PATCH = 'application/merge-patch+json';
const CHANGED = { status: 200, description: 'Both', schema: twinSchema } as const;
const CHANGE_REFUSALS = ['DEVICE_UNKNOWN', 'VERSION_CONFLICT', 'DATABASE_UNAVAILABLE'] as const;

const getTwin = defineRoute({
  method: 'get',
  path: '/api/v1/devices/{id}/twin',
  tag,
  operation: 'getTwin',
  summary: 'What is wanted of a device, and what it says it has',
  description:
    '`desired` is what people want, `reported` what the device last said, `delta` the part of the one that differs from the ' +
    'other. Version 0 is that of nothing. `reported.desiredVersion` is the version of what is wanted that the device has seen.',
  access: mayForDevices('twin:read', 'last-known'),
  request: z.strictObject({ params: deviceParams }),
  answer: { status: 200, description: 'Both', schema: twinSchema },
  refusals: ['DEVICE_UNKNOWN', 'DATABASE_UNAVAILABLE'],
  async handle({ request: { params }, caller: { judge }, parts: { fleet, twins } }) {
    const device = fleet.requireKnown(params.id);
    judge.require('twin:read', resourceOf(device));
    return twins.one({ device: device.id, tenant: device.tenant });
  },
});

const getDesired = defineRoute({
  method: 'get',
  path: '/api/v1/devices/{id}/twin/desired',
  tag,
  operation: 'getDesired',
  summary: 'What is wanted of a device',
  description:
    'With its `ETag`, by which it can be changed (`If-Match`), and asked for again (`If-None-Match`: 304 while it is the same).',
  access: mayForDevices('twin:read', 'last-known'),
  request: z.strictObject({ params: deviceParams }),
  answer: { status: 200, description: 'What is wanted', schema: desiredSchema },
  refusals: ['DEVICE_UNKNOWN', 'DATABASE_UNAVAILABLE'],
  async handle({ request: { params }, caller: { judge }, exchange, parts: { fleet, twins } }) {
    const device = fleet.requireKnown(params.id);
    judge.require('twin:read', resourceOf(device));
    const { desired } = await twins.one({ device: device.id, tenant: device.tenant });
    exchange.setHeader('ETag', etagOf(desired));
    return desired;
  },
});

const putDesired = defineRoute({
  method: 'put',
  path: '/api/v1/devices/{id}/twin/desired',
  tag,
  operation: 'putDesired',
  summary: 'Say what is wanted of a device',
  description:
    'Takes the place of what was wanted, if that has the version that is named: who has seen something older is refused. The ' +
    `device is told at once, or when it returns, and then of the newest alone. ${IF_MATCH} It may stand for \`version\`, or beside ` +
    'it; then both have to be right.',
  access: mayForDevices('twin:write'),
  maximumBytes: MAX_BODY_BYTES,
  request: z.strictObject({
    params: deviceParams,
    body: z.strictObject({
      version: twinVersionSchema
        .optional()
        .meta({ description: 'That is wanted now, 0 where nothing is; needed unless `If-Match` is given' }),
      properties: propertiesSchema,
    }),
  }),
  answer: CHANGED,
  refusals: CHANGE_REFUSALS,
  handle({ request: { params, body }, caller, exchange, parts }) {
    const { version, properties } = body;
    const seen = { version, ifMatch: exchange.header('if-match') };
    requireSaid(seen);
    return changed(params.id, caller, parts, (now) => {
      requireDesired(now, seen);
      return properties;
    });
  },
});

const patchDesired = defineRoute({
  method: 'patch',
  path: '/api/v1/devices/{id}/twin/desired',
  tag,
  operation: 'patchDesired',
  summary: 'Change some of what is wanted of a device',
  description:
    'A JSON merge patch (RFC 7396) of the properties: what it names takes the place of what was wanted, object by object, and ' +
    `null takes away. All at once, and of what is wanted at that moment. ${IF_MATCH} Without, whatever was wanted is changed.`,
  access: mayForDevices('twin:write'),
  maximumBytes: MAX_BODY_BYTES,
  request: z.strictObject({ params: deviceParams }),
  bytesBody: { mediaTypes: [MERGE_PATCH], description: 'What is to be changed', schema: propertiesSchema },
  answer: CHANGED,
  refusals: CHANGE_REFUSALS,
  async handle({ request: { params }, caller, exchange, parts }) {
    const patch = checked(readJson(exchange, MERGE_PATCH));
    const seen = { ifMatch: exchange.header('if-match') };
    const twin = await changed(params.id, caller, parts, (now) => {
      requireDesired(now, seen);
      return checked(mergePatch(now.properties, patch));
    });
    exchange.setHeader('ETag', etagOf(twin.desired));
    return twin;
  },
});

/** Makes the next version of what is wanted, in the caller's name. */
function changed(
  id: string,
  { judge, session }: Person,
  { fleet, twins, clock }: Pick<Parts, 'fleet' | 'twins' | 'clock'>,
  next: (now: Desired) => Properties,
): Promise<Twin> {
  const device = fleet.device(id);
  judge.require('twin:write', resourceOf(device));
  return twins.change({
    device: device.id,
    tenant: device.tenant,
    next,
    by: session.member.name,
    at: clock(),
  });
}

/**
 * A version is wanted once and stays as it is: who may read it sees the same under the same ETag. Of what a former tenant
 * wanted nothing is left but the version, which is told apart.
 */
function etagOf({ version, at }: Desired): string {
  return at === null && version > 0 ? `"${version}-left"` : `"${version}"`;
}

/** @throws BiotError VERSION_CONFLICT when the caller has seen something else, and says so */
function requireDesired(now: Desired, seen: Seen): void {
  const { version } = now;
  requireSeen({ version, etag: etagOf(now) }, seen, `version ${version} is wanted of it now`);
}

/** @throws Refusal INVALID_ARGUMENT also for what a patch has made too large */
function checked(body: unknown): Properties {
  const properties = z.object({ body: propertiesSchema }).safeParse({ body });
  if (!properties.success) throw invalidRequest(properties.error);
  return properties.data.body;
}

export const twinRoutes: readonly Route[] = [getTwin, getDesired, putDesired, patchDesired];

import { z } from 'zod';

import { resourceOf } from '../../chaincode/protocol/policy/device-resource.ts';
import { propertiesSchema, twinSchema, twinVersionSchema } from '../../chaincode/protocol/twin.ts';
import { mayForDevices } from '../http/access.ts';
import { defineRoute, type Route } from '../http/route.ts';
import { deviceParams } from './device-views.ts';

const tag = 'Twins';
const MAX_BODY_BYTES = 16 * 1024;

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

const putDesired = defineRoute({
  method: 'put',
  path: '/api/v1/devices/{id}/twin/desired',
  tag,
  operation: 'putDesired',
  summary: 'Say what is wanted of a device',
  description:
    'Takes the place of what was wanted, if that has the version that is named: who has seen something older is refused. The ' +
    'device is told at once, or when it returns, and then of the newest alone.',
  access: mayForDevices('twin:write'),
  maximumBytes: MAX_BODY_BYTES,
  request: z.strictObject({
    params: deviceParams,
    body: z.strictObject({
      version: twinVersionSchema.meta({ description: 'That is wanted now; 0 where nothing is' }),
      properties: propertiesSchema,
    }),
  }),
  answer: { status: 200, description: 'Both', schema: twinSchema },
  refusals: ['DEVICE_UNKNOWN', 'VERSION_CONFLICT', 'DATABASE_UNAVAILABLE'],
  handle({ request: { params, body }, caller: { judge, session }, parts: { fleet, twins, clock } }) {
    const device = fleet.device(params.id);
    judge.require('twin:write', resourceOf(device));
    const { id, tenant } = device;
    return twins.put({ ...body, device: id, tenant, by: session.member.name, at: clock() });
  },
});

export const twinRoutes: readonly Route[] = [getTwin, putDesired];

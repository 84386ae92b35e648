import { z } from 'zod';

import { labelsSchema, reasonSchema } from '../../chaincode/protocol/device.ts';
import { organisationSchema } from '../../chaincode/protocol/identifiers.ts';
import { defineRoute, type Route } from '../http/route.ts';
import { changeDevice, deviceChange, SIGNED } from './device-changes.ts';
import { deviceParams } from './device-views.ts';

const label = defineRoute({
  ...deviceChange('device:label'),
  method: 'put',
  path: '/api/v1/devices/{id}/labels',
  operation: 'labelDevice',
  summary: 'Set a device’s groups and tags',
  description: `Replaces all that it has. Policies may name groups; tags are notes. ${SIGNED}`,
  request: z.strictObject({ params: deviceParams, body: labelsSchema }),
  handle: ({ request: { params, body }, ...asked }) =>
    changeDevice(asked, {
      action: 'device:label',
      id: params.id,
      commit: (registry) => registry.label(params.id, body),
    }),
});

const transfer = defineRoute({
  ...deviceChange('device:transfer'),
  method: 'post',
  path: '/api/v1/devices/{id}/transfer',
  operation: 'transferDevice',
  summary: 'Offer a device to another organisation',
  description: `The owner’s signature, the first of two: the device stays the owner’s until the other organisation accepts. ${SIGNED}`,
  request: z.strictObject({
    params: deviceParams,
    body: z.strictObject({ to: organisationSchema, reason: reasonSchema }).meta({ id: 'Transfer' }),
  }),
  handle: ({ request: { params, body }, ...asked }) =>
    changeDevice(asked, {
      action: 'device:transfer',
      id: params.id,
      commit: (registry) => registry.transfer(params.id, body.to, body.reason),
    }),
});

const answerSchema = z.strictObject({ reason: reasonSchema }).meta({ id: 'TransferAnswer' });

const cancelTransfer = defineRoute({
  ...deviceChange('device:transfer'),
  method: 'post',
  path: '/api/v1/devices/{id}/transfer/cancel',
  operation: 'cancelTransfer',
  summary: 'Take an offer back',
  description: `Only its owner can, and only before it is accepted. ${SIGNED}`,
  request: z.strictObject({ params: deviceParams, body: answerSchema }),
  handle: ({ request: { params, body }, ...asked }) =>
    changeDevice(asked, {
      action: 'device:transfer',
      id: params.id,
      commit: (registry) => registry.cancelTransfer(params.id, body.reason),
    }),
});

const acceptTransfer = defineRoute({
  ...deviceChange('device:accept'),
  method: 'post',
  path: '/api/v1/devices/{id}/transfer/accept',
  operation: 'acceptTransfer',
  summary: 'Accept a device from another organisation',
  description: `The second signature, of the organisation that the device is offered to: it owns the device from then on. ${SIGNED}`,
  request: z.strictObject({ params: deviceParams, body: answerSchema }),
  handle: ({ request: { params, body }, ...asked }) =>
    changeDevice(asked, {
      action: 'device:accept',
      id: params.id,
      commit: (registry) => registry.acceptTransfer(params.id, body.reason),
    }),
});

export const deviceKeepingRoutes: readonly Route[] = [label, transfer, cancelTransfer, acceptTransfer];

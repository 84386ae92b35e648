import { z } from 'zod';

import { labelsSchema, reasonSchema } from '../../chaincode/protocol/device.ts';
import { organisationSchema } from '../../chaincode/protocol/identifiers.ts';
import type { Route } from '../http/route.ts';
import { deviceChangeRoute } from './device-changes.ts';

const label = deviceChangeRoute({
  action: 'device:label',
  method: 'put',
  path: 'labels',
  operation: 'labelDevice',
  summary: 'Set a device’s groups and tags',
  effect: 'Replaces all that it has. Policies may name groups; tags are notes.',
  body: labelsSchema,
  commit: (registry, id, labels) => registry.label(id, labels),
});

const transfer = deviceChangeRoute({
  action: 'device:transfer',
  path: 'transfer',
  operation: 'transferDevice',
  summary: 'Offer a device to another organisation',
  effect:
    'The owner’s signature, the first of two: the device stays the owner’s until the other organisation accepts.',
  body: z.strictObject({ to: organisationSchema, reason: reasonSchema }).meta({ id: 'Transfer' }),
  check: (body, { organisations }) => {
    organisations.requireField(body);
  },
  commit: (registry, id, { to, reason }) => registry.transfer(id, to, reason),
});

const answerSchema = z.strictObject({ reason: reasonSchema }).meta({ id: 'TransferAnswer' });

const cancelTransfer = deviceChangeRoute({
  action: 'device:transfer',
  path: 'transfer/cancel',
  operation: 'cancelTransfer',
  summary: 'Take an offer back',
  effect: 'Only its owner can, and only before it is accepted.',
  body: answerSchema,
  commit: (registry, id, { reason }) => registry.cancelTransfer(id, reason),
});

const acceptTransfer = deviceChangeRoute({
  action: 'device:accept',
  path: 'transfer/accept',
  operation: 'acceptTransfer',
  summary: 'Accept a device from another organisation',
  effect:
    'The second signature, of the organisation that the device is offered to: it owns the device from then on.',
  body: answerSchema,
  commit: (registry, id, { reason }) => registry.acceptTransfer(id, reason),
});

export const deviceKeepingRoutes: readonly Route[] = [label, transfer, cancelTransfer, acceptTransfer];

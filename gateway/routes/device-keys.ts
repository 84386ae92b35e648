import { z } from 'zod';

import { MAX_KEY_OVERLAP_DAYS, publicKeySchema, reasonSchema } from '../../chaincode/protocol/device.ts';
import { LAST_INSTANT } from '../http/fields.ts';
import { defineRoute, type Route } from '../http/route.ts';
import { changeDevice, deviceChange, SIGNED } from './device-changes.ts';
import { deviceParams } from './device-views.ts';

const rotateKey = defineRoute({
  ...deviceChange('device:rotate-key', ['KEY_INVALID']),
  method: 'post',
  path: '/api/v1/devices/{id}/rotate-key',
  operation: 'rotateDeviceKey',
  summary: 'Give a device another key',
  description: `The device goes on under the new key, and its numbering with it. ${SIGNED}`,
  request: z.strictObject({
    params: deviceParams,
    body: z
      .strictObject({
        publicKey: publicKeySchema,
        overlapUntil: z
          .int()
          .min(0)
          .max(LAST_INSTANT)
          .nullable()
          .meta({
            description:
              `Until when the old key works beside the new one, so that a device which is away can come for it: at most ` +
              `${MAX_KEY_OVERLAP_DAYS} days ahead, in milliseconds since the Unix epoch. null: it does not from now on`,
          }),
      })
      .meta({ id: 'KeyRotation' }),
  }),
  handle: ({ request: { params, body }, ...asked }) => {
    const { publicKey, overlapUntil } = body;
    return changeDevice(asked, {
      action: 'device:rotate-key',
      id: params.id,
      commit: (registry) =>
        registry.rotateKey(params.id, publicKey, overlapUntil === null ? undefined : new Date(overlapUntil)),
    });
  },
});

const reprovision = defineRoute({
  ...deviceChange('device:reprovision', ['KEY_INVALID']),
  method: 'post',
  path: '/api/v1/devices/{id}/reprovision',
  operation: 'reprovisionDevice',
  summary: 'Provision a device anew',
  description: `For a device that was wiped or replaced: a new key at once, and the next epoch, in which it numbers its messages from 1 again. ${SIGNED}`,
  request: z.strictObject({
    params: deviceParams,
    body: z.strictObject({ publicKey: publicKeySchema, reason: reasonSchema }).meta({ id: 'Reprovisioning' }),
  }),
  handle: ({ request: { params, body }, ...asked }) =>
    changeDevice(asked, {
      action: 'device:reprovision',
      id: params.id,
      commit: (registry) => registry.reprovision(params.id, body.publicKey, body.reason),
    }),
});

export const deviceKeyRoutes: readonly Route[] = [rotateKey, reprovision];

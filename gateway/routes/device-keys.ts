import { z } from 'zod';

import { MAX_KEY_OVERLAP_DAYS, publicKeySchema, reasonSchema } from '../../chaincode/protocol/device.ts';
import { LAST_INSTANT } from '../http/fields.ts';
import type { Route } from '../http/route.ts';
import { deviceChangeRoute } from './device-changes.ts';

const rotationSchema = z
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
  .meta({ id: 'KeyRotation' });

const rotateKey = deviceChangeRoute({
  action: 'device:rotate-key',
  path: 'rotate-key',
  operation: 'rotateDeviceKey',
  summary: 'Give a device another key',
  effect: 'The device goes on under the new key, and its numbering with it.',
  body: rotationSchema,
  commit: (registry, id, { publicKey, overlapUntil }) =>
    registry.rotateKey(id, publicKey, overlapUntil === null ? undefined : new Date(overlapUntil)),
  refusals: ['KEY_INVALID', 'KEY_TAKEN'],
});

const reprovision = deviceChangeRoute({
  action: 'device:reprovision',
  path: 'reprovision',
  operation: 'reprovisionDevice',
  summary: 'Provision a device anew',
  effect:
    'For a device that was wiped or replaced: a new key at once, and the next epoch, in which it numbers its messages from 1 again.',
  body: z.strictObject({ publicKey: publicKeySchema, reason: reasonSchema }).meta({ id: 'Reprovisioning' }),
  commit: (registry, id, { publicKey, reason }) => registry.reprovision(id, publicKey, reason),
  refusals: ['KEY_INVALID', 'KEY_TAKEN'],
});

export const deviceKeyRoutes: readonly Route[] = [rotateKey, reprovision];

import { z } from 'zod';

import { deviceIdSchema } from './identifiers.ts';

/** `aud` of a device's token: a token made for another service is refused. */
export const DEVICE_TOKEN_AUDIENCE = 'biot-gateway';
export const MAX_TOKEN_LIFETIME_SECONDS = 300;

/**
 * Claims of the token (RFC 7519, ES256) with which a device signs an HTTP request of its own. `digest` is the
 * base64url SHA-256 of the request's body: whoever relays the body cannot change it.
 */
export const deviceTokenClaimsSchema = z.looseObject({
  iss: deviceIdSchema,
  sub: deviceIdSchema,
  aud: z.literal(DEVICE_TOKEN_AUDIENCE),
  iat: z.int(),
  exp: z.int(),
  jti: z.string().min(8).max(64),
  digest: z
    .string()
    .regex(/^[A-Za-z0-9_-]{43}$/)
    .optional(),
});
export type DeviceTokenClaims = z.infer<typeof deviceTokenClaimsSchema>;

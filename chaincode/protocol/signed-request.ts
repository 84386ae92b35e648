import { z } from 'zod';

import { BiotError } from './errors.ts';
import { hashHexSchema } from './hash.ts';

/**
 * What a device signs (COSE_Sign1) to ask for something over a transport that proves nothing. Like a token it is good once,
 * and for five minutes.
 */
const signedRequestSchema = z.strictObject({
  /** When it was made: seconds since the Unix epoch. */
  iat: z.int(),
  /** Never used before by this device. */
  jti: z.string().min(8).max(64),
  /** SHA-256 of the image that is asked for. */
  image: hashHexSchema.optional(),
});
export type SignedRequest = z.infer<typeof signedRequestSchema>;

/** JSON. @throws BiotError MESSAGE_MALFORMED */
export function decodeSignedRequest(payload: Uint8Array): SignedRequest {
  try {
    return signedRequestSchema.parse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload)));
  } catch (cause) {
    throw new BiotError('MESSAGE_MALFORMED', 'a request is {"iat":…,"jti":"…"}', { cause });
  }
}

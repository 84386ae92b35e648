import { createHash, createPrivateKey, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';

import { DEVICE_TOKEN_AUDIENCE } from '../../chaincode/protocol/device-token.ts';

/** A token is for one request, made at once; a minute is for slow ways and clocks that differ. */
const LIFETIME_SECONDS = 60;

export interface TokenRequest {
  readonly device: string;
  /** PKCS #8 in PEM, of a P-256 key. */
  readonly privateKey: string;
  /** The body of the request, when it has one. The token then stands for this body and no other. */
  readonly body?: Uint8Array;
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
}

/** A token for one HTTP request of a device: a JWT (RFC 7519) that the device signs itself, with ES256 (RFC 7518). */
export async function createDeviceToken({ device, privateKey, body, now }: TokenRequest): Promise<string> {
  const issued = Math.floor(now / 1000);
  const digest = body && createHash('sha256').update(body).digest('base64url');
  return new SignJWT({ ...(digest !== undefined && { digest }) })
    .setProtectedHeader({ alg: 'ES256', typ: 'JWT' })
    .setIssuer(device)
    .setSubject(device)
    .setAudience(DEVICE_TOKEN_AUDIENCE)
    .setIssuedAt(issued)
    .setExpirationTime(issued + LIFETIME_SECONDS)
    .setJti(randomUUID())
    .sign(createPrivateKey(privateKey));
}

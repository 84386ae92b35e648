import { decodeJwt, errors, type JWTPayload, jwtVerify, type JWTVerifyOptions } from 'jose';
import { createHash, createPublicKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import { type Device, validKeys } from '../../chaincode/protocol/device.ts';
import {
  DEVICE_TOKEN_AUDIENCE,
  type DeviceTokenClaims,
  deviceTokenClaimsSchema,
  MAX_TOKEN_LIFETIME_SECONDS,
} from '../../chaincode/protocol/device-token.ts';
import { BiotError, type ErrorCode } from '../../chaincode/protocol/errors.ts';
import type { RegistryMirror } from '../mirror/registry-mirror.ts';
import { CLOCK_TOLERANCE_SECONDS, type ReplayCache } from './replay-cache.ts';

export { ReplayCache } from './replay-cache.ts';

export interface DeviceTokenCheck {
  /** The JWT as it was sent, without `Bearer`. */
  readonly token: string;
  /** The request's body when it has one: the token must then name its digest. */
  readonly body?: Uint8Array;
  readonly mirror: Pick<RegistryMirror, 'device' | 'freshness'>;
  /**
   * Refuses a token's second use, and what is older than its memory. Left out only by who gets the same message again by right (a broker's redelivery)
   * and recognises it otherwise.
   */
  readonly replay?: ReplayCache;
  /** Milliseconds since the Unix epoch. */
  readonly clock: () => number;
}

/** Said as well to who names a device that is not there: strangers are not to find out which are. */
const NOT_SIGNED = 'the token is not one that a device of ours signed for this gateway';

/** Ours have some 300; a longer one is not worth decoding. */
const MAX_TOKEN_LENGTH = 2048;

/**
 * Finds out which device made a request, from a token signed with the device's key and from the ledger's state
 * alone. Every claim is the sender's until the signature has been checked; only then is anything told of a device, not
 * even that there is one.
 *
 * @returns the device, which is active
 * @throws BiotError LEDGER_STALE, TOKEN_INVALID, TOKEN_EXPIRED, DEVICE_NOT_ACTIVE, or RATE_LIMITED
 *   for a device that uses more tokens than can be remembered
 */
export async function verifyDeviceToken(check: DeviceTokenCheck): Promise<Device> {
  const device = findDevice(check);
  const claims = await verifySignature(check, device);
  checkLifetime(claims, check.clock());
  if (device.status !== 'active') {
    throw new BiotError('DEVICE_NOT_ACTIVE', `device ${device.id} is ${device.status}`);
  }
  checkDigest(claims, check.body);
  checkFirstUse(claims, check);
  return device;
}

function findDevice({ token, mirror }: DeviceTokenCheck): Device {
  const id = claimedIssuer(token);
  if (!mirror.freshness().fresh) {
    throw new BiotError(
      'LEDGER_STALE',
      'the ledger has not been heard of for too long to decide about devices',
    );
  }
  const device = mirror.device(id);
  if (device === undefined) throw invalid(NOT_SIGNED);
  return device;
}

function claimedIssuer(token: string): string {
  if (token.length > MAX_TOKEN_LENGTH) throw invalid('the token is too long');
  try {
    return deviceTokenClaimsSchema.shape.iss.parse(decodeJwt(token).iss);
  } catch (cause) {
    throw invalid('not a token that a device issued', cause);
  }
}

/** By record, so that a device whose key was changed on the ledger gets its new one with its new record. */
const parsed = new WeakMap<Device, Map<string, KeyObject>>();

function keyOf(device: Device, pem: string): KeyObject {
  let keys = parsed.get(device);
  if (keys === undefined) parsed.set(device, (keys = new Map<string, KeyObject>()));
  let key = keys.get(pem);
  if (key === undefined) keys.set(pem, (key = createPublicKey(pem)));
  return key;
}

/** With any of the keys that are good at the moment: a device whose key is being changed may still use the old one. */
async function verifyWithAny(
  { token, clock }: DeviceTokenCheck,
  device: Device,
  options: JWTVerifyOptions,
): Promise<JWTPayload> {
  const [newest, previous] = validKeys(device, clock());
  try {
    return (await jwtVerify(token, keyOf(device, newest), options)).payload;
  } catch (error) {
    if (previous === undefined || !(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
    return (await jwtVerify(token, keyOf(device, previous), options)).payload;
  }
}

async function verifySignature(check: DeviceTokenCheck, device: Device): Promise<DeviceTokenClaims> {
  try {
    const payload = await verifyWithAny(check, device, {
      // Named here and never taken from the token's header (RFC 8725 section 3.1).
      algorithms: ['ES256'],
      audience: DEVICE_TOKEN_AUDIENCE,
      issuer: device.id,
      subject: device.id,
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      currentDate: new Date(check.clock()),
    });
    return deviceTokenClaimsSchema.parse(payload);
  } catch (cause) {
    const [code, what]: [ErrorCode, string] =
      cause instanceof errors.JWTExpired
        ? [
            'TOKEN_EXPIRED',
            'the token has expired: the device has to make a new one, by a clock that is right',
          ]
        : ['TOKEN_INVALID', NOT_SIGNED];
    throw new BiotError(code, what, { cause });
  }
}

/** Bounds how long a token may be taken, and so how long its use has to be remembered. */
function checkLifetime({ iat, exp }: DeviceTokenClaims, now: number): void {
  if (iat > now / 1000 + CLOCK_TOLERANCE_SECONDS) throw invalid('the token was issued in the future');
  if (exp - iat > MAX_TOKEN_LIFETIME_SECONDS) {
    throw invalid(
      `a token may be for ${MAX_TOKEN_LIFETIME_SECONDS} seconds at most, this is for ${exp - iat}`,
    );
  }
}

function checkDigest({ digest }: DeviceTokenClaims, body: Uint8Array | undefined): void {
  if (body === undefined) return;
  const expected = createHash('sha256').update(body).digest();
  const named = Buffer.from(digest ?? '', 'base64url');
  if (named.length !== expected.length || !timingSafeEqual(named, expected)) {
    throw invalid('the token is not for this body');
  }
}

function checkFirstUse({ iss, jti, iat }: DeviceTokenClaims, { replay, clock }: DeviceTokenCheck): void {
  if (replay === undefined) return;
  if (iat < replay.since) {
    throw new BiotError(
      'TOKEN_EXPIRED',
      'the token is from before the gateway was started, which cannot know whether it was used: make a new one',
    );
  }
  const use = replay.remember({ device: iss, jti, now: clock() });
  if (use === 'seen') throw invalid('the token was used before');
  if (use === 'full') {
    throw new BiotError('RATE_LIMITED', 'the device uses too many tokens: try again in five minutes');
  }
}

function invalid(message: string, cause?: unknown): BiotError {
  return new BiotError('TOKEN_INVALID', message, { cause });
}

import { decodeSign1, type SignedPurpose } from '../../chaincode/protocol/cose-sign1.ts';
import type { Device } from '../../chaincode/protocol/device.ts';
import { MAX_TOKEN_LIFETIME_SECONDS } from '../../chaincode/protocol/device-token.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { decodeSignedRequest, type SignedRequest } from '../../chaincode/protocol/signed-request.ts';
import { CLOCK_TOLERANCE_SECONDS } from '../../network/device-token/replay-cache.ts';
import type { ReplayCache } from '../../network/device-token/verify.ts';
import type { Admission } from '../pipeline/admission.ts';
import { signerOf, type SignerParts } from './signer.ts';

export interface FreshParts extends SignerParts {
  readonly admission: Pick<Admission, 'activeDevice'>;
  readonly replay: ReplayCache;
}

/**
 * Who asks for something, and for what. A message may come twice, but who could repeat a request would be given in the
 * device's place what it is to get: so it is good once, and not for long.
 *
 * @throws BiotError MESSAGE_MALFORMED, TOKEN_INVALID, TOKEN_EXPIRED, DEVICE_NOT_ACTIVE, LEDGER_STALE or RATE_LIMITED
 */
export async function signedRequest(
  parts: FreshParts,
  purpose: SignedPurpose,
  payload: Uint8Array,
): Promise<{ device: Device; request: SignedRequest }> {
  const signed = decodeSign1(payload);
  const { id, tenant } = await signerOf(parts, purpose, signed);
  const device = parts.admission.activeDevice({ tenant, device: id });
  const request = decodeSignedRequest(signed.payload);
  checkFirstUse(parts, id, request);
  return { device, request };
}

function checkFirstUse({ replay, time }: FreshParts, device: string, { iat, jti }: SignedRequest): void {
  const now = time.now();
  const seconds = now / 1000;
  const isOfNow = iat <= seconds + CLOCK_TOLERANCE_SECONDS && iat >= seconds - MAX_TOKEN_LIFETIME_SECONDS;
  // One of later would be good for longer than it is remembered.
  if (iat < replay.since || !isOfNow)
    throw new BiotError('TOKEN_EXPIRED', `the request is of another time: it is ${Math.floor(seconds)} now`);
  const use = replay.remember({ device, jti, now });
  if (use === 'seen') throw new BiotError('TOKEN_INVALID', 'the request was made before');
  if (use === 'full')
    throw new BiotError('RATE_LIMITED', 'the device asks too often: try again in five minutes');
}

import type { Sign1, SignedPurpose } from '../../chaincode/protocol/cose-sign1.ts';
import type { Device } from '../../chaincode/protocol/device.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { hasSigned } from '../../network/device-token/signed-payload.ts';
import type { Time } from '../../network/time.ts';

export interface SignerParts {
  readonly mirror: { device(id: string): Device | undefined };
  readonly time: Time;
}

/** COSE's structure around a payload. */
export const MAX_ENVELOPE_BYTES = 256;

/** @throws BiotError TOKEN_INVALID, in the same words whether there is such a device or not */
export async function signerOf(
  { mirror, time }: SignerParts,
  purpose: SignedPurpose,
  signed: Sign1,
): Promise<Device> {
  const device = mirror.device(signed.device);
  if (device !== undefined && (await hasSigned(device, purpose, { ...signed, now: time.now() })))
    return device;
  throw new BiotError('TOKEN_INVALID', 'no device of ours has signed this');
}

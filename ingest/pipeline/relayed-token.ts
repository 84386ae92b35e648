import { decodeJwt } from 'jose';

import { decodeSign1, type SignedPurpose } from '../../chaincode/protocol/cose-sign1.ts';
import type { Device } from '../../chaincode/protocol/device.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { type DeviceTokenCheck, verifyDeviceToken } from '../../network/device-token/verify.ts';
import { hasSigned } from '../../network/device-token/signed-payload.ts';
import type { Delivery } from '../delivery.ts';

export interface RelayedTokenParts {
  readonly mirror: DeviceTokenCheck['mirror'];
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
  /** Whether the gateway's word is enough that a device has shown its certificate. */
  readonly certificateSuffices: boolean;
}

/** How long a message may lie between the gateway and us. */
const LONGEST_WAY_MS = 24 * 60 * 60_000;

/**
 * Checks that the device itself signed what the gateway relayed, by a token beside it or within it (COSE_Sign1), so that a
 * stolen gateway cannot invent readings or answers. Where a certificate suffices, the gateway vouches for what has neither,
 * as the broker does for what comes by MQTT; then whoever has stolen it can.
 *
 * @param purpose of a signature within. Without, none is taken: it would be good for ever, and a gateway that was stolen
 *   could send an old one again, where that is no harmless repetition
 * @returns the same without the signature around it
 * @throws BiotError MESSAGE_MALFORMED, TOKEN_INVALID, TOKEN_EXPIRED, DEVICE_NOT_ACTIVE or LEDGER_STALE
 */
export async function openRelayed(
  { mirror, now, certificateSuffices }: RelayedTokenParts,
  device: Device,
  { delivery, purpose }: { delivery: Delivery; purpose?: SignedPurpose | undefined },
): Promise<Delivery> {
  const { token, payload, vouched } = delivery;
  if (vouched === true) {
    if (certificateSuffices) return delivery;
    throw new BiotError('TOKEN_INVALID', 'a certificate alone does not suffice here, by the configuration');
  }
  if (token === undefined) {
    if (purpose === undefined)
      throw new BiotError('TOKEN_INVALID', 'what is relayed comes with its device’s token, or certificate');
    const signed = decodeSign1(payload);
    if (signed.device !== device.id || !(await hasSigned(device, purpose, { ...signed, now: now() })))
      throw new BiotError('TOKEN_INVALID', 'a relayed message bears its device’s signature');
    return withPayload(delivery, signed.payload);
  }
  const clock = (): number => instantOfReceipt(token, now());
  const signer = await verifyDeviceToken({ token, body: payload, mirror, clock });
  if (signer.id !== device.id)
    throw new BiotError('TOKEN_INVALID', `the token is that of ${signer.id}, not of ${device.id}`);
  return delivery;
}

function withPayload(delivery: Delivery, payload: Uint8Array): Delivery {
  return {
    topic: delivery.topic,
    payload,
    owed: () => delivery.owed(),
    acknowledge: (refusal) => {
      delivery.acknowledge(refusal);
    },
  };
}

/**
 * The instant by which a token is judged: its own, since it was valid when the gateway took it, and may have waited
 * in a queue since. Its age does no harm, because it is good for this one message, and that is stored once.
 */
function instantOfReceipt(token: string, now: number): number {
  const issued = issuedAt(token);
  return issued !== undefined && issued <= now && issued >= now - LONGEST_WAY_MS ? issued : now;
}

/** Not checked yet: the claim can only choose within the bounds above. */
function issuedAt(token: string): number | undefined {
  try {
    const { iat } = decodeJwt(token);
    return typeof iat === 'number' ? iat * 1000 : undefined;
  } catch {
    return undefined;
  }
}

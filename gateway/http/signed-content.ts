import { decodeSign1, type SignedPurpose } from '../../chaincode/protocol/cose-sign1.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { hasSigned } from '../../network/device-token/signed-payload.ts';
import type { Parts, Signed } from '../parts.ts';
import type { AskingDevice } from './access.ts';
import type { Exchange } from './exchange.ts';
import { mediaTypeOf, requireMediaType } from './json-body.ts';

/** COSE_Sign1 (RFC 9052 section 11.3.1). */
export const SIGNED_MEDIA_TYPE = 'application/cose';

/** What a device says, and the same as ingest can verify it. */
interface Content {
  readonly payload: Uint8Array;
  readonly proof: Pick<Signed, 'body' | 'token' | 'vouched'>;
}

interface Wanted {
  /** Of a signature within the body. Without, none is taken: it would not say when it was made. */
  readonly purpose?: SignedPurpose;
  readonly mediaTypes: readonly string[];
}

/**
 * What is handed on bears the device's own signature: its token's, which covers the body, or one within the body. A
 * connection that the device has proved to be its own proves nothing to who was not there: of that the workers have our
 * word alone, as they have the broker's for MQTT, and take it unless they are told not to.
 *
 * @throws BiotError MEDIA_TYPE_UNSUPPORTED, MESSAGE_MALFORMED or TOKEN_INVALID
 */
export async function signedContent(
  { device, token }: AskingDevice,
  exchange: Exchange,
  { purpose, mediaTypes, clock, certificateSuffices }: Wanted & Pick<Parts, 'clock' | 'certificateSuffices'>,
): Promise<Content> {
  const { bytes: body } = exchange;
  if (purpose !== undefined && mediaTypeOf(exchange) === SIGNED_MEDIA_TYPE) {
    const signed = decodeSign1(body);
    if (signed.device !== device.id || !(await hasSigned(device, purpose, { ...signed, now: clock() })))
      throw new BiotError('TOKEN_INVALID', 'the body is not signed by the device that sends it');
    return { payload: signed.payload, proof: { body } };
  }
  requireMediaType(exchange, purpose === undefined ? mediaTypes : [...mediaTypes, SIGNED_MEDIA_TYPE]);
  if (token !== undefined) return { payload: body, proof: { body, token } };
  if (certificateSuffices) return { payload: body, proof: { body, vouched: true } };
  throw new BiotError(
    'TOKEN_INVALID',
    'a certificate alone does not suffice here: send a token that covers the body, or a body that is signed itself',
  );
}

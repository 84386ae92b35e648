import type { Device } from '../../chaincode/protocol/device.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { SignedRelease } from '../../chaincode/protocol/firmware/release.ts';
import type { Offers } from '../../network/firmware/offers.ts';
import { LARGEST_BLOCK, placeOf } from './block.ts';
import type { CoapReply, CoapRequest } from './exchange.ts';
import { type FreshParts, signedRequest } from './fresh-request.ts';
import { AFTER_OTHERS, hasTurn, type PacedParts } from './pace.ts';
import type { Tickets } from './tickets.ts';

export interface FirmwareParts extends FreshParts, PacedParts {
  readonly offers: Pick<Offers, 'of'>;
  /** Bytes of an image from one place on. @throws BiotError NOT_FOUND */
  readonly imagePart: (id: string, part: { first: number; length: number }) => Promise<Uint8Array>;
  readonly tickets: Tickets;
}

/** Tells a device that may have an image where it gets it, for an hour. What proves the image is its release, not this. */
export async function requestImage(parts: FirmwareParts, { payload }: CoapRequest): Promise<CoapReply> {
  const { device, request } = await signedRequest(parts, 'image', payload);
  if (request.image === undefined)
    throw new BiotError('MESSAGE_MALFORMED', 'the request has to name an `image`, by its SHA-256');
  const { id, size } = await offered(parts, device, request.image);
  await parts.imagePart(id, { first: 0, length: 1 });
  const path = `/firmware/${id}?ticket=${parts.tickets.issue(device.id, id)}`;
  return { code: '2.04', contentFormat: 'json', payload: JSON.stringify({ path, size }) };
}

/**
 * One block of an image (RFC 7959 section 2.4). Each is asked for by itself, and nothing is kept from one to the next: not
 * even that the device may have it, so that one that is suspended, or an image that is withdrawn, ends with the next block.
 */
export async function imageBlock(parts: FirmwareParts, request: CoapRequest): Promise<CoapReply> {
  const wanted = request.path.slice(request.path.lastIndexOf('/') + 1);
  const device = ticketHolder(parts, request, wanted);
  if (!(await hasTurn(parts, device.id))) return AFTER_OTHERS;
  const { id, size: of } = await offered(parts, device, wanted);
  const place = placeOf(request.part ?? { number: 0, size: LARGEST_BLOCK }, of);
  if (place === undefined) return { code: '4.00', payload: `the image has ${of} bytes` };
  const payload = await parts.imagePart(id, place);
  return { code: '2.05', contentFormat: 'bytes', part: place.part, payload };
}

function ticketHolder(
  { tickets, mirror, admission }: FirmwareParts,
  request: CoapRequest,
  image: string,
): Device {
  const ticket = request.query.find((each) => each.startsWith('ticket='))?.slice('ticket='.length);
  const device = mirror.device(tickets.deviceOf(ticket ?? '', image) ?? '');
  if (device === undefined)
    throw new BiotError(
      'TOKEN_INVALID',
      'ask for the image first (POST /firmware), and then by the path of the answer',
    );
  return admission.activeDevice({ tenant: device.tenant, device: device.id });
}

async function offered({ offers }: FirmwareParts, { type }: Device, id: string): Promise<SignedRelease> {
  const release = (await offers.of(type)).find((each) => each.id === id);
  if (release === undefined)
    throw new BiotError('NOT_FOUND', `there is no image ${id} for devices of type ${type}`);
  return release;
}

import { z } from 'zod';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { signedReleaseSchema } from '../../chaincode/protocol/firmware/release.ts';
import { hashHexSchema } from '../../chaincode/protocol/hash.ts';
import { asDevice } from '../http/access.ts';
import { defineRoute, type Route } from '../http/route.ts';
import { streamedSchema } from '../http/streamed.ts';
import { CORROBORATED_REFUSALS } from './proposals.ts';

const tag = 'For devices';

const offers = defineRoute({
  method: 'get',
  path: '/api/v1/device/firmware',
  tag,
  operation: 'deviceFirmware',
  summary: 'Which firmware the device may have',
  description:
    'The approved releases for the asking device’s type, the newest version first, as two organisations’ peers said at most ' +
    'ten seconds ago. **A device checks each by itself**, by the keys of its vendor that it was made with: what comes ' +
    'along with a release proves nothing.',
  access: asDevice,
  request: z.strictObject({}),
  answer: {
    status: 200,
    description: 'The releases',
    schema: z.strictObject({ releases: z.array(signedReleaseSchema) }).meta({ id: 'OfferedReleases' }),
  },
  refusals: CORROBORATED_REFUSALS,
  handle: async ({ caller: { device }, parts: { firmware } }) => ({
    releases: await firmware.offers.of(device.type),
  }),
});

const download = defineRoute({
  method: 'get',
  path: '/api/v1/device/firmware/{id}',
  tag,
  operation: 'downloadFirmware',
  summary: 'Download an image',
  description:
    'The image with this SHA-256, which is its `ETag`, too. A download that was cut is resumed with `Range: bytes=N-` and ' +
    '`If-Range` (RFC 9110): 206, or 416 for a range behind its end. A device has one download at a time, the next ends the ' +
    'one before; while many devices have one, the others are told when to try again (`Retry-After`).',
  access: asDevice,
  request: z.strictObject({ params: z.strictObject({ id: hashHexSchema }) }),
  answer: {
    status: 200,
    description: 'The image, or the part of it (206)',
    schema: streamedSchema,
    mediaTypes: ['application/octet-stream'],
  },
  refusals: ['NOT_FOUND', ...CORROBORATED_REFUSALS],
  async handle({ request: { params }, caller: { device }, exchange, parts: { firmware } }) {
    const { offers: offered, images, downloads } = firmware;
    const release = (await offered.of(device.type)).find(({ id }) => id === params.id);
    if (release === undefined || !(await images.has(release.id)))
      throw new BiotError('NOT_FOUND', `there is no image ${params.id} for devices of type ${device.type}`);
    const headers = { range: exchange.header('range'), ifRange: exchange.header('if-range') };
    return downloads.begin(device.id, release, headers);
  },
});

export const deviceFirmwareRoutes: readonly Route[] = [offers, download];

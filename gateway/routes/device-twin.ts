import { z } from 'zod';

import { type Twin, twinReportSchema, twinSchema } from '../../chaincode/protocol/twin.ts';
import { decodeReport, MAX_REPORT_BYTES } from '../../chaincode/protocol/twin-report.ts';
import { asDevice, asDeviceWithBody } from '../http/access.ts';
import { defineRoute, type Route } from '../http/route.ts';
import { signedContent } from '../http/signed-content.ts';

const tag = 'For devices';

const ownTwinSchema = twinSchema
  .extend({ desired: twinSchema.shape.desired.pick({ version: true, properties: true }) })
  .meta({ id: 'OwnTwin' });

const ownTwin = defineRoute({
  method: 'get',
  path: '/api/v1/device/twin',
  tag,
  operation: 'deviceTwin',
  summary: 'What is wanted of the asking device, and what it said it has',
  description:
    '`delta` is the part of what is wanted that differs from what was reported: a device does that, and reports what it has ' +
    'then. With its `ETag`, so that a device may ask often (`If-None-Match`: 304 while all of it is the same).',
  access: asDevice,
  request: z.strictObject({}),
  answer: { status: 200, description: 'Both', schema: ownTwinSchema },
  refusals: ['DATABASE_UNAVAILABLE'],
  async handle({ caller: { device }, exchange, parts: { twins } }) {
    const twin = await twins.one({ device: device.id, tenant: device.tenant });
    exchange.setHeader('ETag', etagOf(twin));
    const { version, properties } = twin.desired;
    return { ...twin, desired: { version, properties } };
  },
});

/** Versions alone do not do: of what a former tenant wanted, nothing is left but the version. */
function etagOf({ desired, reported }: Twin): string {
  return `"${[desired, reported].map(({ version, at }) => `${version}.${at ?? 'left'}`).join('-')}"`;
}

const MEDIA_TYPES = ['application/json'];

const putReported = defineRoute({
  method: 'put',
  path: '/api/v1/device/twin/reported',
  tag,
  operation: 'reportTwin',
  audited: false,
  summary: 'Say what the device has',
  description:
    `All of it: what is not named is not there any more. It is handed to the ingest workers with the token, which they verify by ` +
    'themselves: **202 is not a promise**; `GET /api/v1/device/twin` tells what is in the database.',
  access: asDeviceWithBody,
  request: z.strictObject({}),
  bytesBody: { mediaTypes: MEDIA_TYPES, description: 'The report', schema: twinReportSchema },
  answer: {
    status: 202,
    description: 'Handed on; not a promise',
    schema: z.strictObject({ accepted: z.literal(true) }).meta({ id: 'AcceptedReport' }),
  },
  refusals: ['MESSAGE_MALFORMED', 'MESSAGE_TOO_LARGE', 'MEDIA_TYPE_UNSUPPORTED', 'BROKER_UNAVAILABLE'],
  maximumBytes: 2 * MAX_REPORT_BYTES,
  async handle({ caller, exchange, parts: { relay, clock, certificateSuffices } }) {
    const wanted = { mediaTypes: MEDIA_TYPES, clock, certificateSuffices };
    const { payload, proof } = await signedContent(caller, exchange, wanted);
    decodeReport(payload);
    await relay.send({ device: caller.device, what: 'reported', ...proof });
    return { accepted: true as const };
  },
});

export const deviceTwinRoutes: readonly Route[] = [ownTwin, putReported];

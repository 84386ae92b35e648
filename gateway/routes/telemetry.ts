import { z } from 'zod';

import type { ErrorCode } from '../../chaincode/protocol/errors.ts';
import { evidenceSchema } from '../../chaincode/protocol/evidence.ts';
import { logIdSchema } from '../../chaincode/protocol/identifiers.ts';
import { epochSchema, instantSchema, sequenceSchema } from '../../chaincode/protocol/message.ts';
import { isSensor, SENSORS, sensorSchema } from '../../chaincode/protocol/sensors.ts';
import { serves } from '../../chaincode/protocol/tenants.ts';
import { mayForDevices } from '../http/access.ts';
import { cursorField, instantField, LAST_INSTANT, limitField, nextField, pageOf } from '../http/fields.ts';
import { defineRoute, type Route } from '../http/route.ts';
import type { AnchoredReading } from '../../sql/queries/telemetry.ts';
import { resourceOf } from '../../chaincode/protocol/policy/device-resource.ts';
import { deviceParams } from './device-views.ts';

const tag = 'Telemetry';

/** 63 bits: more than a JSON number holds, hence text. */
const MAX_READING_ID = 2n ** 63n - 1n;
export const readingIdSchema = z
  .string()
  .regex(/^(0|[1-9]\d{0,18})$/, { error: 'expected a reading’s id', abort: true })
  .refine((text) => BigInt(text) <= MAX_READING_ID, 'expected a reading’s id')
  .meta({ id: 'ReadingId', description: 'Decimal text of up to 63 bits', examples: ['1048576'] });

export const anchorStateSchema = z.enum(['sealed', 'submitted', 'committed']).meta({
  id: 'AnchorState',
  description: 'sealed: in the database; submitted: on its way to the ledger; committed: in a block',
});

/** What the database says: shown as it is, for only a proof can tell whether it is true. */
const readingSchema = z
  .strictObject({
    id: readingIdSchema,
    ts: instantSchema,
    sensor: z.string(),
    value: z.number(),
    seq: sequenceSchema,
    epoch: epochSchema,
    anchor: z
      .strictObject({ logId: logIdSchema, sequence: z.int().min(0), state: anchorStateSchema })
      .nullable()
      .meta({ description: 'Null for a row that belongs to no batch: somebody put it there by hand' }),
  })
  .meta({ id: 'Reading' });

const placeSchema = z.strictObject({ ts: z.int().min(0).max(LAST_INSTANT), id: readingIdSchema });

const range = {
  from: instantField('The first instant, inclusive').optional(),
  to: instantField('The last instant, exclusive').optional(),
};

function viewOf({
  id,
  ts,
  sensor,
  value,
  seq,
  epoch,
  anchor,
}: AnchoredReading): z.infer<typeof readingSchema> {
  return { id: id.toString(), ts, sensor, value, seq, epoch, anchor };
}

const listReadings = defineRoute({
  method: 'get',
  path: '/api/v1/devices/{id}/telemetry',
  tag,
  operation: 'listReadings',
  summary: 'Readings of a device',
  description: 'Newest first, as the database has them, each with the anchor of its batch.',
  access: mayForDevices('telemetry:read', 'last-known'),
  request: z.strictObject({
    params: deviceParams,
    query: z.strictObject({
      sensor: sensorSchema.optional(),
      ...range,
      limit: limitField(100, 1_000),
      cursor: cursorField(placeSchema),
    }),
  }),
  answer: {
    status: 200,
    description: 'A page of readings',
    schema: z.strictObject({ readings: z.array(readingSchema), next: nextField }).meta({ id: 'ReadingPage' }),
  },
  refusals: ['DEVICE_UNKNOWN', 'DATABASE_UNAVAILABLE'],
  async handle({ request: { params, query }, caller: { judge }, parts: { fleet, store } }) {
    judge.require('telemetry:read', resourceOf(fleet.requireKnown(params.id)));
    const { sensor, from, to, limit, cursor } = query;
    const found = await store.readings({
      device: params.id,
      tenants: judge.tenants,
      ...(sensor === undefined ? {} : { sensor }),
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
      ...(cursor === undefined ? {} : { before: { ts: cursor.ts, id: BigInt(cursor.id) } }),
      limit: limit + 1,
    });
    const { page, next } = pageOf(found, limit, ({ ts, id }) => ({ ts, id: id.toString() }));
    return { readings: page.map(viewOf), next };
  },
});

const sensorStateSchema = z
  .strictObject({
    sensor: z.string(),
    unit: z.string(),
    latest: z.strictObject({ ts: instantSchema, value: z.number() }),
  })
  .meta({ id: 'SensorState' });

const listSensors = defineRoute({
  method: 'get',
  path: '/api/v1/devices/{id}/sensors',
  tag,
  operation: 'listSensors',
  summary: 'Sensors of a device',
  description: 'Which sensors it has sent readings of, each with its unit and newest reading.',
  access: mayForDevices('telemetry:read', 'last-known'),
  request: z.strictObject({ params: deviceParams }),
  answer: {
    status: 200,
    description: 'The sensors',
    schema: z.strictObject({ sensors: z.array(sensorStateSchema) }).meta({ id: 'Sensors' }),
  },
  refusals: ['DEVICE_UNKNOWN', 'DATABASE_UNAVAILABLE'],
  async handle({ request: { params }, caller: { judge }, parts: { fleet, store } }) {
    judge.require('telemetry:read', resourceOf(fleet.requireKnown(params.id)));
    const latest = await store.latest({ device: params.id, tenants: judge.tenants });
    return {
      sensors: latest.map(({ sensor, ts, value }) => ({
        sensor,
        unit: isSensor(sensor) ? SENSORS[sensor].unit : '',
        latest: { ts, value },
      })),
    };
  },
});

export const PROOF_REFUSALS: readonly ErrorCode[] = [
  'NOT_FOUND',
  'NOT_ANCHORED',
  'EVIDENCE_INVALID',
  'DATABASE_UNAVAILABLE',
  'LEDGER_UNAVAILABLE',
  'LEDGER_TIMEOUT',
  'LEDGER_EVALUATE_FAILED',
];

const proveReading = defineRoute({
  method: 'get',
  path: '/api/v1/telemetry/{id}/proof',
  tag,
  operation: 'proveReading',
  summary: 'Evidence for a reading',
  description:
    'The way from a reading’s message to the ledger’s checkpoint, to be checked by whoever asks, with code and a ' +
    'checkpoint of their own. The message is what the rows say now: of a row that was changed after it was anchored, ' +
    'the evidence does not hold.',
  access: mayForDevices('telemetry:read', 'last-known'),
  request: z.strictObject({ params: z.strictObject({ id: readingIdSchema }) }),
  answer: { status: 200, description: 'The evidence', schema: evidenceSchema },
  refusals: ['DEVICE_UNKNOWN', ...PROOF_REFUSALS],
  handle({ request: { params }, caller: { judge }, parts: { evidence, fleet } }) {
    return evidence.make(BigInt(params.id), ({ device, tenant }) => {
      if (!serves(judge.tenants, tenant)) return false;
      judge.require('telemetry:read', { ...resourceOf(fleet.requireKnown(device)), tenant });
      return true;
    });
  },
});

export const telemetryRoutes: readonly Route[] = [listReadings, listSensors, proveReading];

import { z } from 'zod';

import { instantSchema } from '../../chaincode/protocol/message.ts';
import { sensorSchema } from '../../chaincode/protocol/sensors.ts';
import { mayForDevices } from '../http/access.ts';
import { instantField, integerField } from '../http/fields.ts';
import { Refusal } from '../http/problem.ts';
import { defineRoute, type Route } from '../http/route.ts';
import { bucketFor } from './bucket.ts';
import { resourceOf } from '../../chaincode/protocol/policy/device-resource.ts';
import { deviceParams } from './device-views.ts';

/** A browser draws no more than that on any screen. */
const MOST_POINTS = 2_000;
const USUAL_POINTS = 300;

const rollupSchema = z
  .strictObject({
    sensor: sensorSchema,
    from: instantSchema,
    to: instantSchema,
    bucketMs: z.int().min(1),
    points: z.array(
      z.strictObject({
        ts: instantSchema.meta({ description: 'Start of the bucket' }),
        min: z.number(),
        max: z.number(),
        avg: z.number(),
        count: z.int().min(1),
      }),
    ),
  })
  .meta({ id: 'Rollup' });

interface Range {
  from: number;
  to: number;
}

/** What was asked for; where nothing was, what there is. */
async function rangeOf(
  { from, to }: { from?: number | undefined; to?: number | undefined },
  span: () => Promise<Range | undefined>,
  now: number,
): Promise<Range> {
  if (from !== undefined && to !== undefined) {
    if (from < to) return { from, to };
    throw new Refusal('INVALID_ARGUMENT', '`from` must be earlier than `to`');
  }
  const whole = (await span()) ?? { from: now, to: now };
  return { from: from ?? whole.from, to: to ?? whole.to + 1 };
}

const rollup = defineRoute({
  method: 'get',
  path: '/api/v1/devices/{id}/telemetry/rollup',
  tag: 'Telemetry',
  operation: 'rollUp',
  summary: 'Readings of a sensor, rolled up',
  description:
    'Smallest, largest and average value in buckets of equal length, at most `points` of them. Lengths are round ' +
    '(1 s, 5 s, 1 min, …) and buckets begin at multiples of them, so that neighbouring requests agree. Without ' +
    '`from` and `to`: from the first reading to the last.',
  access: mayForDevices('telemetry:read', 'last-known'),
  request: z.strictObject({
    params: deviceParams,
    query: z.strictObject({
      sensor: sensorSchema,
      from: instantField('The first instant, inclusive').optional(),
      to: instantField('The last instant, exclusive').optional(),
      points: integerField({
        minimum: 1,
        maximum: MOST_POINTS,
        description: `The most buckets; ${USUAL_POINTS} if not given`,
      }).optional(),
    }),
  }),
  answer: { status: 200, description: 'The buckets that have readings', schema: rollupSchema },
  refusals: ['DEVICE_UNKNOWN', 'DATABASE_UNAVAILABLE'],
  async handle({ request: { params, query }, caller: { judge }, parts: { fleet, store, clock } }) {
    judge.require('telemetry:read', resourceOf(fleet.requireKnown(params.id)));
    const { sensor, points = USUAL_POINTS, ...asked } = query;
    const scope = { device: params.id, sensor, tenants: judge.tenants };
    const { from, to } = await rangeOf(asked, () => store.span(scope), clock());
    const bucketMs = bucketFor({ from, to, points });
    const buckets = from < to ? await store.rollup({ ...scope, from, to, bucketMs }) : [];
    return { sensor, from, to, bucketMs, points: buckets };
  },
});

export const rollupRoutes: readonly Route[] = [rollup];

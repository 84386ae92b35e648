/** What a rule looks for in a device's readings. Thresholds that are no finite number are refused by `z.number` itself. */
import { z } from 'zod';

import { sensorSchema } from '../sensors.ts';

const DAY_SECONDS = 86_400;

function secondsSchema(most: number, what: string) {
  return z
    .int(`${what} is a whole number of seconds`)
    .min(1, `${what} of 0 seconds or less would never end`)
    .max(most, `${what} has at most ${most} seconds`);
}

const thresholdSchema = z
  .strictObject({
    kind: z.literal('threshold'),
    sensor: sensorSchema,
    direction: z.enum(['above', 'below']),
    /** Met by readings beyond it, … */
    raiseAt: z.number(),
    /** … over by readings that are not beyond this one; readings between the two change nothing. */
    clearAt: z.number(),
  })
  .refine(({ direction, raiseAt, clearAt }) => direction !== 'above' || clearAt <= raiseAt, {
    error: 'clearAt lies above raiseAt: one reading would raise and clear the alert at once',
    path: ['clearAt'],
  })
  .refine(({ direction, raiseAt, clearAt }) => direction !== 'below' || clearAt >= raiseAt, {
    error: 'clearAt lies below raiseAt: one reading would raise and clear the alert at once',
    path: ['clearAt'],
  });

const rateSchema = z.strictObject({
  kind: z.literal('rate'),
  sensor: sensorSchema,
  direction: z.enum(['rise', 'fall']),
  /** Met when a reading differs by so much from the lowest (or highest) one within the stretch before it. */
  amount: z.number().gt(0, 'a change of 0 or less is met by every reading, and would never end'),
  overSeconds: secondsSchema(DAY_SECONDS, 'the stretch'),
});

const noDataSchema = z.strictObject({
  kind: z.literal('no-data'),
  forSeconds: secondsSchema(30 * DAY_SECONDS, 'the silence'),
});

const latitudeSchema = z.number().min(-90).max(90);
const longitudeSchema = z.number().min(-180).max(180);

const circleSchema = z
  .strictObject({
    shape: z.literal('circle'),
    latitude: latitudeSchema,
    longitude: longitudeSchema,
    radiusMetres: z.number().gt(0, 'a circle has a radius').max(20_000_000),
    /** How far inside a device has to be again; without it a device at the border would come and go. */
    marginMetres: z.number().min(0),
  })
  .refine(({ radiusMetres, marginMetres }) => marginMetres < radiusMetres, {
    error: 'the margin leaves no place inside the circle, so the alert would never end',
    path: ['marginMetres'],
  });
export type Circle = z.infer<typeof circleSchema>;

export type Corner = readonly [latitude: number, longitude: number];

/** Twice the area in square degrees: 0 when all corners lie on a line, or when sides cross so that its parts cancel. */
function area(corners: readonly Corner[]): number {
  return corners.reduce((sum, [latitude, longitude], index) => {
    const [nextLatitude, nextLongitude] = corners[(index + 1) % corners.length] ?? [0, 0];
    return sum + longitude * nextLatitude - nextLongitude * latitude;
  }, 0);
}

const polygonSchema = z.strictObject({
  shape: z.literal('polygon'),
  /** Latitude and longitude of each corner, in order; not across the 180th meridian. */
  corners: z
    .array(z.tuple([latitudeSchema, longitudeSchema]))
    .min(3, 'a polygon has at least 3 corners')
    .max(100, 'a polygon has at most 100 corners')
    .refine(
      (corners) => Math.abs(area(corners)) > 1e-12,
      'the corners enclose no area: they lie on a line, or sides cross (name them in order, around the fence)',
    ),
});

const geofenceSchema = z.strictObject({
  kind: z.literal('geofence'),
  /** Met by messages with a latitude and a longitude outside of it. */
  fence: z.discriminatedUnion('shape', [circleSchema, polygonSchema]),
});

const anomalySchema = z.strictObject({
  kind: z.literal('anomaly'),
  sensor: sensorSchema,
  /** How surprising a reading has to be, from 0 to 1; 0.5 is one in some 30,000. */
  threshold: z
    .number()
    .gt(0, 'every reading is surprising by more than 0')
    .max(0.9, 'no reading is surprising by more than 0.9'),
});

export const conditionSchema = z
  .discriminatedUnion('kind', [thresholdSchema, rateSchema, noDataSchema, geofenceSchema, anomalySchema])
  .meta({ id: 'AlertCondition' });
export type Condition = z.infer<typeof conditionSchema>;
export type ConditionOf<Kind extends Condition['kind']> = Extract<Condition, { kind: Kind }>;

/** Instants that the state of a rule remembers at the most. */
const MAX_TIMES = 1_000;

/** How long or how often a condition has to be met before it raises an alert. */
export const insistenceSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('at-once') }),
    z.strictObject({ kind: z.literal('duration'), seconds: secondsSchema(30 * DAY_SECONDS, 'the duration') }),
    z
      .strictObject({
        kind: z.literal('repeat'),
        times: z
          .int()
          .min(2, 'once is no repetition: use at-once')
          .max(MAX_TIMES, `a repetition of at most ${MAX_TIMES} times`),
        withinSeconds: secondsSchema(30 * DAY_SECONDS, 'the window'),
      })
      .refine(({ times, withinSeconds }) => times <= withinSeconds, {
        error:
          'readings count at most once a second, so the window holds fewer than that and it would never fire',
        path: ['times'],
      }),
  ])
  .meta({ id: 'AlertInsistence' });
export type Insistence = z.infer<typeof insistenceSchema>;

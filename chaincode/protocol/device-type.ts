/** What devices of one kind can measure: the ledger holds it, and ingest refuses what a type cannot send. */
import { z } from 'zod';

import type { ErrorCode } from './errors.ts';
import {
  deviceTypeSchema,
  lineSchema,
  memberNameSchema,
  organisationSchema,
  transactionIdSchema,
} from './identifiers.ts';
import type { Message } from './message.ts';
import { SENSORS, sensorSchema } from './sensors.ts';

const DATA_TYPES = ['number', 'integer', 'boolean'] as const;

const boundSchema = z.number().nullable();

const sensorFieldsSchema = z.strictObject({
  name: sensorSchema,
  /** That of the sensor, for everybody: a number without its unit means nothing, and one with two means worse. */
  unit: z.string(),
  /** Inclusive; null for none. */
  minimum: boundSchema,
  maximum: boundSchema,
  /** A `boolean` is sent as 0 or 1. */
  dataType: z.enum(DATA_TYPES),
});
type SensorFields = z.infer<typeof sensorFieldsSchema>;

const hasItsUnit = ({ name, unit }: SensorFields): boolean => unit === SENSORS[name].unit;

/** Whether there is any value that it takes. */
const isPossible = ({ minimum, maximum }: SensorFields): boolean =>
  minimum === null || maximum === null || minimum <= maximum;

function fitsDataType({ dataType, minimum, maximum }: SensorFields): boolean {
  const bounds = [minimum, maximum].filter((bound) => bound !== null);
  if (dataType === 'boolean') return bounds.length === 0;
  return dataType === 'number' || bounds.every(Number.isSafeInteger);
}

const typeSensorSchema = sensorFieldsSchema
  .refine(hasItsUnit, {
    error: ({ input }) => `the unit is ${SENSORS[sensorFieldsSchema.parse(input).name].unit}`,
    path: ['unit'],
  })
  .refine(isPossible, { error: 'the maximum is below the minimum', path: ['maximum'] })
  .refine(fitsDataType, {
    error: 'a boolean has no minimum or maximum, and those of an integer are integers',
    path: ['dataType'],
  })
  .meta({ id: 'TypeSensor' });
export type TypeSensor = z.infer<typeof typeSensorSchema>;

const sensorsSchema = z
  .array(typeSensorSchema)
  .min(1, 'a type has at least one sensor')
  .refine(
    (sensors) => new Set(sensors.map(({ name }) => name)).size === sensors.length,
    'a sensor is there twice',
  );

/** What people say about a type. */
export const typeDefinitionSchema = z
  .strictObject({
    name: deviceTypeSchema,
    description: lineSchema(200, 'a description is needed'),
    sensors: sensorsSchema,
    retentionDays: z.int().min(1).max(36_500).exactOptional().meta({
      description: 'Older readings are dropped from the database, and refused; without it they are kept',
    }),
  })
  .meta({ id: 'TypeDefinition' });
export type TypeDefinition = z.infer<typeof typeDefinitionSchema>;

/** A type as the ledger has it, its sensors in the order of their names. */
export const typeSchema = typeDefinitionSchema
  .extend({
    /** MSP id of the organisation that put it first, and may change it. */
    org: organisationSchema,
    /** From 1; each change is another version. */
    version: z.int().min(1),
    /** Instant that the submitting client named in its proposal; block order is the truth. */
    updatedAt: z.iso.datetime(),
    by: memberNameSchema,
    transaction: transactionIdSchema,
  })
  .meta({ id: 'DeviceType' });
export type DeviceType = z.infer<typeof typeSchema>;

const DAY_MS = 86_400_000;

/** From when on readings of a type are kept; what is older may be gone. Milliseconds since the Unix epoch. */
export function keptFrom({ retentionDays }: Pick<TypeDefinition, 'retentionDays'>, now: number): number {
  return retentionDays === undefined ? Number.NEGATIVE_INFINITY : now - retentionDays * DAY_MS;
}

/** What the contract tells the channel after any change: the types as they are now. */
export const TYPES_EVENT = 'types';
export const typesEventSchema = z.strictObject({ types: z.array(typeSchema) });

/** What is wrong with a value, for whoever sent it. */
export interface Misfit {
  readonly code: Extract<ErrorCode, 'SENSOR_UNKNOWN' | 'VALUE_INVALID'>;
  /** Names sensor, value and what the type takes. */
  readonly message: string;
}

/** Of a sensor and its value. */
type Check = (value: number) => boolean;

interface ReadySensor {
  readonly takes: Check;
  /** What it takes, as the end of a sentence. */
  readonly expected: string;
}

type Values = Readonly<Message['values']>;

/** By the very object: a type that changes is another one. */
const ready = new WeakMap<TypeDefinition, ReadonlyMap<string, ReadySensor>>();

/** The first of a message's values that a device of this type cannot send; undefined when it can send all of them. */
export function misfitOf(type: TypeDefinition, values: Values): Misfit | undefined {
  const sensors = ready.get(type) ?? makeReady(type);
  for (const [name, value] of Object.entries(values)) {
    const sensor = sensors.get(name);
    if (sensor === undefined) return unknownSensor(type, name);
    if (!sensor.takes(value))
      return { code: 'VALUE_INVALID', message: `values.${name}: ${value} is not ${sensor.expected}` };
  }
  return undefined;
}

function makeReady(type: TypeDefinition): ReadonlyMap<string, ReadySensor> {
  const sensors = new Map<string, ReadySensor>(
    type.sensors.map((sensor) => [sensor.name, { takes: checkOf(sensor), expected: expectationOf(sensor) }]),
  );
  ready.set(type, sensors);
  return sensors;
}

function checkOf({ dataType, minimum, maximum }: TypeSensor): Check {
  if (dataType === 'boolean') return (value) => value === 0 || value === 1;
  const [least, most] = [minimum ?? -Infinity, maximum ?? Infinity];
  if (dataType === 'integer') return (value) => Number.isInteger(value) && value >= least && value <= most;
  return (value) => value >= least && value <= most;
}

const NOUNS = { number: 'a number', integer: 'an integer', boolean: '0 or 1' } as const;

function expectationOf({ dataType, minimum, maximum, unit }: TypeSensor): string {
  const noun = NOUNS[dataType];
  if (minimum === null && maximum === null) return noun;
  if (maximum === null) return `${noun} of ${minimum} ${unit} or more`;
  if (minimum === null) return `${noun} of ${maximum} ${unit} or less`;
  return `${noun} from ${minimum} to ${maximum} ${unit}`;
}

function unknownSensor({ name, sensors }: TypeDefinition, sensor: string): Misfit {
  const known = sensors.map((each) => each.name).join(', ');
  return {
    code: 'SENSOR_UNKNOWN',
    message: `values.${sensor}: type ${name} has no such sensor, but ${known}`,
  };
}

/** Where stored telemetry goes on to, for the analytics of others: the platform's state, in SQL. */
import { z } from 'zod';

import { deviceIdSchema, deviceTypeSchema, lineSchema, tenantSchema } from '../identifiers.ts';
import { instantSchema } from '../message.ts';
import { outwardUrlSchema, saysPlaceAlone } from '../notifications/channel.ts';
import { sensorSchema } from '../sensors.ts';

/** An outside broker. MQTT 5 section 4.7: what is published to names one topic, and `$` is the broker's own. */
const brokerUrlSchema = z
  .url({ protocol: /^mqtts?$/, error: 'expected an address that begins with mqtts://' })
  .max(500)
  .refine(saysPlaceAlone, 'without user, password and fragment')
  .refine((text) => {
    const url = URL.parse(text);
    return url !== null && url.hostname !== '' && /^\/?$/.test(url.pathname) && url.search === '';
  }, 'expected an address such as mqtts://broker.example.com:8883');

const topicSchema = z
  .string()
  .min(1, 'a topic is needed')
  .max(200)
  .regex(/^(?!\$)[^+#\p{Cc}\p{Cs}]*$/u, 'a topic has no + and no #, and does not begin with $');

/** PEM of certificates; whether they are any is seen by who can read them. */
const authoritySchema = z
  .string()
  .max(8_000)
  .regex(/^\s*-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----\s*$/, 'expected PEM certificates');

const destinationSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('webhook'), url: outwardUrlSchema }),
  z.strictObject({
    kind: z.literal('mqtt'),
    url: brokerUrlSchema,
    topic: topicSchema,
    user: z.string().min(1).max(200).nullable(),
    /** Who issued the broker's certificate, where it is none of the public ones. */
    authority: authoritySchema.nullable(),
  }),
]);
export type StreamDestination = z.infer<typeof destinationSchema>;

/** What goes on: null for all. A message of which no sensor is wanted does not. */
const filterSchema = z.strictObject({
  types: z.array(deviceTypeSchema).min(1).max(50).nullable(),
  devices: z.array(deviceIdSchema).min(1).max(500).nullable(),
  sensors: z.array(sensorSchema).min(1).max(64).nullable(),
});
export type StreamFilter = z.infer<typeof filterSchema>;

/** What people say about a stream. */
export const streamDefinitionSchema = z
  .strictObject({
    name: lineSchema(80, 'a name is needed'),
    /** Whose telemetry; null for that of all tenants. */
    tenant: tenantSchema.nullable(),
    /** Switched off it keeps its place. */
    enabled: z.boolean(),
    filter: filterSchema,
    destination: destinationSchema,
  })
  .meta({ id: 'StreamDefinition' });
export type StreamDefinition = z.infer<typeof streamDefinitionSchema>;

/** A stream as the database has it. */
export const streamSchema = z.strictObject({
  ...streamDefinitionSchema.shape,
  id: z.uuid(),
  /** From 1; each change is another version. */
  version: z.int().min(1),
  author: z.string(),
  updatedAt: instantSchema,
});
export type Stream = z.infer<typeof streamSchema>;

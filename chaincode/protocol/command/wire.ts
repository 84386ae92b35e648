/**
 * What goes between platform and device: the order, on the device's command topic, and its answers. An order has the MQTT 5
 * properties Response Topic, Correlation Data (the command's id) and Message Expiry Interval (sections 3.3.2.3.3 to 3.3.2.3.6).
 */
import { z } from 'zod';

import { BiotError } from '../errors.ts';
import { isShallow, isWellFormedJson, withoutPrototypes } from '../json-bounds.ts';
import { commandIdSchema } from './command.ts';
import { commandNameSchema } from './definition.ts';
import { parametersValueSchema } from './parameters.ts';
import { ANSWERS } from './state.ts';

/** JSON, as it is sent. */
export const orderSchema = z
  .strictObject({
    id: commandIdSchema,
    name: commandNameSchema,
    parameters: parametersValueSchema,
    /** A device does not begin with it any more from this instant on. */
    expiresAt: z.iso.datetime(),
    /** How long it may take to answer with a result. */
    timeoutSeconds: z.int().min(1),
  })
  .meta({ id: 'Order' });
export type Order = z.infer<typeof orderSchema>;

/** A device that asks for its orders over HTTP waits for so long at most. */
export const MOST_WAIT_SECONDS = 60;
const waitSchema = z.strictObject({ seconds: z.number().min(0).max(MOST_WAIT_SECONDS) });

/** What the gateway tells ingest of a device that waits. */
export function encodeWait(seconds: number): string {
  return JSON.stringify({ seconds } satisfies z.infer<typeof waitSchema>);
}

/** @returns 0 for what is none: then the device has asked, and nobody knows for how long it waits */
export function readWaitSeconds(payload: Uint8Array): number {
  try {
    return waitSchema.parse(JSON.parse(new TextDecoder().decode(payload))).seconds;
  } catch {
    return 0;
  }
}

/** Of an answer as it is sent. Larger results belong into telemetry. */
export const MAX_ANSWER_BYTES = 16_384;

/**
 * What a device says about an order. A client that answers with the order's Correlation Data may leave `id` out.
 */
export const answerSchema = z
  .strictObject({
    id: commandIdSchema.optional(),
    state: z.enum(ANSWERS),
    /** What a command gives back; of `succeeded` and `failed`. */
    result: z.json().optional(),
    /** For people: why it failed or was rejected, how far it is. */
    message: z.string().max(500).optional(),
  })
  .meta({ id: 'CommandAnswer' });
export type CommandAnswer = z.infer<typeof answerSchema>;

/** Of its result: the database takes no more than 31. */
const MAX_RESULT_DEPTH = 30;

/** What devices have written down of their own answers is only held to the one above. */
const sentAnswerSchema = withoutPrototypes(answerSchema)
  .refine(isWellFormedJson, { error: 'text with half a character' })
  .refine(({ result }) => isShallow(result, MAX_RESULT_DEPTH), {
    error: `nested more than ${MAX_RESULT_DEPTH} deep`,
  });

/** @throws BiotError MESSAGE_MALFORMED */
export function decodeAnswer(payload: Uint8Array): CommandAnswer {
  try {
    return sentAnswerSchema.parse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload)));
  } catch (cause) {
    throw new BiotError('MESSAGE_MALFORMED', 'this is no answer to a command', { cause });
  }
}

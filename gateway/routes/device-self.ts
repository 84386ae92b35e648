import { z } from 'zod';

import { deviceSchema } from '../../chaincode/protocol/device.ts';
import { type DeviceType, misfitOf } from '../../chaincode/protocol/device-type.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { MAX_SAFE } from '../../chaincode/protocol/bytes.ts';
import {
  epochSchema,
  MAX_MESSAGE_BYTES,
  messageSchema,
  sequenceSchema,
} from '../../chaincode/protocol/message.ts';
import { decodeMessage } from '../../chaincode/protocol/message-decoding.ts';
import { messageParts } from '../../chaincode/protocol/message-parts.ts';
import { asDevice, asDeviceWithBody } from '../http/access.ts';
import { integerField } from '../http/fields.ts';
import { defineRoute, type Route } from '../http/route.ts';
import { SIGNED_MEDIA_TYPE, signedContent } from '../http/signed-content.ts';

const tag = 'For devices';

const self = defineRoute({
  method: 'get',
  path: '/api/v1/device/self',
  tag,
  operation: 'deviceSelf',
  summary: 'What the ledger says about the asking device',
  description: 'Lets a device check its key and its clock, and learn its epoch.',
  access: asDevice,
  request: z.strictObject({}),
  answer: {
    status: 200,
    description: 'The device',
    schema: z.strictObject({ device: deviceSchema }).meta({ id: 'Self' }),
  },
  refusals: [],
  handle: ({ caller: { device } }) => ({ device }),
});

const MEDIA_TYPES = ['application/json', 'application/cbor'];

const sendMessage = defineRoute({
  method: 'post',
  path: '/api/v1/device/telemetry',
  tag,
  operation: 'sendMessage',
  audited: false,
  summary: 'Send a message, or several',
  description:
    'Takes one message or an array of them, as JSON or CBOR, at most 8 KiB together, and hands it to the ingest workers ' +
    'with the signature (the token’s, or that within the body), which they verify by themselves. When the type of the device cannot send one of them, none is handed ' +
    'on, and the refusal names it. **202 is not a promise**: the broker has the message, the database not yet, and a ' +
    'worker may still refuse it. Keep it until `GET /api/v1/device/receipts` names its number, and send it again if that ' +
    'takes long: a message that comes twice is stored once.',
  access: asDeviceWithBody,
  request: z.strictObject({}),
  bytesBody: {
    mediaTypes: [...MEDIA_TYPES, SIGNED_MEDIA_TYPE],
    description: 'The message, or an array of messages; as `application/cose` within a COSE_Sign1',
    schema: z.union([messageSchema, z.array(messageSchema).min(1)]),
  },
  answer: {
    status: 202,
    description: 'Handed on; not a promise',
    schema: z
      .strictObject({
        seq: sequenceSchema.meta({ description: 'The number of the message, or of the last one' }),
        messages: z.int().min(1),
        accepted: z.literal(true),
      })
      .meta({ id: 'Accepted' }),
  },
  refusals: [
    'MESSAGE_MALFORMED',
    'MESSAGE_TOO_LARGE',
    'SENSOR_UNKNOWN',
    'VALUE_INVALID',
    'MEDIA_TYPE_UNSUPPORTED',
    'BROKER_UNAVAILABLE',
  ],
  maximumBytes: 2 * MAX_MESSAGE_BYTES,
  async handle({ caller, exchange, parts: { fleet, relay, clock, certificateSuffices } }) {
    const { device } = caller;
    const wanted = { purpose: 'telemetry', mediaTypes: MEDIA_TYPES, clock, certificateSuffices } as const;
    const { payload, proof } = await signedContent(caller, exchange, wanted);
    const parts = messageParts(payload);
    // A type that our copy lacks is the workers' to judge: they let the device keep the message.
    const type = fleet.type(device.type);
    const numbers = parts.map((part, index) => {
      try {
        return checkedNumber(part, type);
      } catch (error) {
        throw parts.length === 1 ? error : ofMessage(index, error);
      }
    });
    await relay.send({ device, what: 'telemetry', ...proof });
    return { seq: Math.max(...numbers), messages: numbers.length, accepted: true as const };
  },
});

/** The sequence number of a message that a device of the type can send. */
function checkedNumber(payload: Uint8Array, type: DeviceType | undefined): number {
  const { seq, values } = decodeMessage(payload);
  const misfit = type && misfitOf(type, values);
  if (misfit !== undefined) throw new BiotError(misfit.code, misfit.message);
  return seq;
}

/** Says which one of several it was. */
function ofMessage(index: number, error: unknown): unknown {
  if (!(error instanceof BiotError)) return error;
  return new BiotError(error.code, `message ${index}: ${error.message}`, { cause: error });
}

/** Ranges in a page. */
const MOST_RANGES = 1_000;

const receipts = defineRoute({
  method: 'get',
  path: '/api/v1/device/receipts',
  tag,
  operation: 'receipts',
  summary: 'Which messages are committed',
  description:
    'The asking device’s messages of its present epoch that are in the database for good, as inclusive ranges of ' +
    'sequence numbers in order. This is the promise: what a range names, the device may forget. A ' +
    'message that never appears was lost on the way, or refused by a worker, which says why on the device’s receipt ' +
    'topic (MQTT).',
  access: asDevice,
  request: z.strictObject({
    query: z.strictObject({
      from: integerField({
        minimum: 1,
        maximum: MAX_SAFE,
        description: 'Only messages from this number on; 1 if not given',
      }).optional(),
    }),
  }),
  answer: {
    status: 200,
    description: 'The committed ranges',
    schema: z
      .strictObject({
        epoch: epochSchema,
        committed: z.array(z.tuple([sequenceSchema, sequenceSchema])),
        next: sequenceSchema
          .nullable()
          .meta({ description: '`from` for the ranges that follow; null when there are none' }),
      })
      .meta({ id: 'CommittedRanges' }),
  },
  refusals: ['DATABASE_UNAVAILABLE'],
  async handle({ request: { query }, caller: { device }, parts: { store } }) {
    const { id, epoch } = device;
    const ranges = await store.committedRanges({
      device: id,
      epoch,
      from: query.from ?? 1,
      limit: MOST_RANGES + 1,
    });
    const page = ranges.slice(0, MOST_RANGES);
    return {
      epoch,
      committed: page.map(({ first, last }): [number, number] => [first, last]),
      next: ranges[MOST_RANGES]?.first ?? null,
    };
  },
});

export const deviceSelfRoutes: readonly Route[] = [self, sendMessage, receipts];

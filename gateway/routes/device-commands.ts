import { z } from 'zod';

import { commandIdSchema } from '../../chaincode/protocol/command/command.ts';
import {
  answerSchema,
  decodeAnswer,
  MAX_ANSWER_BYTES,
  MOST_WAIT_SECONDS,
  orderSchema,
} from '../../chaincode/protocol/command/wire.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { asDevice, asDeviceWithBody } from '../http/access.ts';
import { integerField } from '../http/fields.ts';
import { defineRoute, type Route } from '../http/route.ts';
import { SIGNED_MEDIA_TYPE, signedContent } from '../http/signed-content.ts';

const tag = 'For devices';
const USUAL_WAIT_SECONDS = 30;

const orders = defineRoute({
  method: 'get',
  path: '/api/v1/device/commands',
  tag,
  operation: 'deviceCommands',
  summary: 'Wait for commands',
  description:
    'Answers as soon as there is an order for the asking device, with all that are there. **Do each `id` once**: an order ' +
    'comes again, here or by MQTT, until it is answered. While no request waits, commands stay `queued`. Of one device the last ' +
    'request alone waits: the one before it is told that there is nothing.',
  access: asDevice,
  request: z.strictObject({
    query: z.strictObject({
      wait: integerField({
        minimum: 1,
        maximum: MOST_WAIT_SECONDS,
        description: `Seconds to wait at most; ${USUAL_WAIT_SECONDS} if not given`,
      }).optional(),
    }),
  }),
  answer: {
    status: 200,
    description: 'Orders, at most 100',
    nothing: 'There was none: ask again',
    schema: z
      .strictObject({ orders: z.array(orderSchema).min(1) })
      .meta({ id: 'Orders' })
      .optional(),
  },
  refusals: ['BROKER_UNAVAILABLE'],
  async handle({ request: { query }, caller: { device }, exchange: { ended }, parts }) {
    const waitMs = (query.wait ?? USUAL_WAIT_SECONDS) * 1000;
    const taken = await parts.orders.take(device, { waitMs, ended });
    return taken.length === 0 ? undefined : { orders: taken };
  },
});

const MEDIA_TYPES = ['application/json'];

const answer = defineRoute({
  method: 'post',
  path: '/api/v1/device/commands/{id}/answer',
  tag,
  operation: 'answerCommand',
  audited: false,
  summary: 'Say what became of a command',
  description:
    `\`acknowledged\` when the device has it, then \`running\`, if that takes a while, and \`succeeded\`, \`failed\` or ` +
    '`rejected`, with a `result`. The body has to name the command too (`id`), as the signature covers nothing else, and has ' +
    `at most ${MAX_ANSWER_BYTES} bytes. It is handed to the ingest workers with the signature, which they verify by themselves: ` +
    '**202 is not a promise**. Say it again until the order comes no more; what is said twice counts once.',
  access: asDeviceWithBody,
  request: z.strictObject({ params: z.strictObject({ id: commandIdSchema }) }),
  bytesBody: {
    mediaTypes: [...MEDIA_TYPES, SIGNED_MEDIA_TYPE],
    description: 'The answer; as `application/cose` within a COSE_Sign1',
    schema: answerSchema,
  },
  answer: {
    status: 202,
    description: 'Handed on; not a promise',
    schema: z.strictObject({ id: commandIdSchema, accepted: z.literal(true) }).meta({ id: 'AcceptedAnswer' }),
  },
  refusals: ['MESSAGE_MALFORMED', 'MESSAGE_TOO_LARGE', 'MEDIA_TYPE_UNSUPPORTED', 'BROKER_UNAVAILABLE'],
  maximumBytes: 2 * MAX_ANSWER_BYTES,
  async handle({ request: { params }, caller, exchange, parts: { relay, clock, certificateSuffices } }) {
    const wanted = { purpose: 'answer', mediaTypes: MEDIA_TYPES, clock, certificateSuffices } as const;
    const { payload, proof } = await signedContent(caller, exchange, wanted);
    requireAnswer(payload, params.id);
    await relay.send({ device: caller.device, what: 'answer', ...proof });
    return { id: params.id, accepted: true as const };
  },
});

/** @throws BiotError MESSAGE_TOO_LARGE or MESSAGE_MALFORMED */
function requireAnswer(body: Uint8Array, id: string): void {
  if (body.length > MAX_ANSWER_BYTES)
    throw new BiotError(
      'MESSAGE_TOO_LARGE',
      `the answer has ${body.length} bytes; at most ${MAX_ANSWER_BYTES} are taken`,
    );
  if (decodeAnswer(body).id !== id)
    throw new BiotError('MESSAGE_MALFORMED', 'the answer has to name the same command as the path: `id`');
}

export const deviceCommandRoutes: readonly Route[] = [orders, answer];

import { decodeSign1 } from '../../chaincode/protocol/cose-sign1.ts';
import { MAX_ANSWER_BYTES } from '../../chaincode/protocol/command/wire.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { answerTopic, type TopicOwner } from '../../chaincode/protocol/topics.ts';
import type { Delivery, DeliveryRefusal } from '../delivery.ts';
import type { CoapReply, CoapRequest } from './exchange.ts';
import { type FreshParts, signedRequest } from './fresh-request.ts';
import { OBSERVED_SECONDS, type Observers } from './observers.ts';
import { LATER, patiently } from './patience.ts';
import { refusal } from './refusal.ts';
import { MAX_ENVELOPE_BYTES, signerOf } from './signer.ts';

export interface CommandParts extends FreshParts {
  readonly observers: Observers;
  /** A device waits for orders. */
  readonly asked: (device: string) => void;
  /** Takes an answer of a device that has proved to be who it is. */
  readonly answered: (owner: TopicOwner, delivery: Delivery) => void;
}

const OBSERVED: CoapReply = {
  code: '2.05',
  observed: true,
  contentFormat: 'json',
  maxAgeSeconds: OBSERVED_SECONDS,
  payload: '{"orders":[]}',
};
const NO_MORE: CoapReply = { code: '2.05', contentFormat: 'json', payload: '{"orders":[]}' };

/**
 * Lets a device be told its orders (RFC 7641, with FETCH of RFC 8132, as the signature has to go somewhere). Orders that
 * are there already come as the first notifications.
 */
export async function observeCommands(parts: CommandParts, request: CoapRequest): Promise<CoapReply> {
  const { observation, payload } = request;
  if (observation === undefined) throw new BiotError('MESSAGE_MALFORMED', 'orders are there to be observed');
  if (!observation.wanted) {
    parts.observers.remove(decodeSign1(payload).device, observation.key);
    return NO_MORE;
  }
  const { device } = await signedRequest(parts, 'orders', payload);
  parts.observers.add(device.id, observation);
  parts.asked(device.id);
  return OBSERVED;
}

/** Takes what became of a command, signed like a message, and answers when it is in the database. */
export async function answerCommand(parts: CommandParts, { payload }: CoapRequest): Promise<CoapReply> {
  if (payload.length > MAX_ANSWER_BYTES + MAX_ENVELOPE_BYTES)
    throw new BiotError('MESSAGE_TOO_LARGE', `at most ${MAX_ANSWER_BYTES} bytes are taken`);
  const signed = decodeSign1(payload);
  const { id, tenant } = await signerOf(parts, 'answer', signed);
  const owner = { tenant, device: id };
  const settled = new Promise<DeliveryRefusal | 'taken'>((resolve) => {
    parts.answered(owner, {
      topic: answerTopic(owner),
      payload: signed.payload,
      // Beyond a bound it is dropped: the device hears that it is to come again, as for one that takes too long.
      owed: () => false,
      acknowledge: (refused) => {
        resolve(refused ?? 'taken');
      },
    });
  });
  const outcome = await patiently(parts.time, settled);
  if (outcome === undefined) return LATER;
  return outcome === 'taken' ? { code: '2.04' } : refusal(outcome);
}

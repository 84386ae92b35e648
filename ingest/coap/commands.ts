import { decodeSign1 } from '../../chaincode/protocol/cose-sign1.ts';
import { MAX_ANSWER_BYTES } from '../../chaincode/protocol/command/wire.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { answerTopic, type TopicOwner } from '../../chaincode/protocol/topics.ts';
import type { Delivery, DeliveryRefusal } from '../delivery.ts';
import type { CoapReply, CoapRequest } from './exchange.ts';
import { type FreshParts, signedRequest } from './fresh-request.ts';
import { OBSERVED_FOR_MS, type Observers, ORDERS } from './observers.ts';
import { AFTER_OTHERS, hasTurn, type PacedParts } from './pace.ts';
import { LATER, patiently } from './patience.ts';
import { refusal } from './refusal.ts';
import { MAX_ENVELOPE_BYTES, signerOf } from './signer.ts';

export interface CommandParts extends FreshParts, PacedParts {
  readonly observers: Observers;
  /** A device waits for orders, for so long at most. */
  readonly asked: (device: string, forMs: number) => void;
  /** Takes an answer of a device that has proved to be who it is. */
  readonly answered: (owner: TopicOwner, delivery: Delivery) => void;
}

const NO_ORDERS = '{"orders":[]}';
const OBSERVED: CoapReply = { ...ORDERS, observed: true, payload: NO_ORDERS };
const NO_MORE: CoapReply = { code: '2.05', contentFormat: 'json', payload: NO_ORDERS };

/**
 * Lets a device be told its orders (RFC 7641, with FETCH of RFC 8132, as the signature has to go somewhere). Orders that
 * are there already come as the first notifications.
 */
export async function observeCommands(parts: CommandParts, request: CoapRequest): Promise<CoapReply> {
  const { observation, payload } = request;
  if (observation === undefined) return orderBlock(parts, request);
  if (!observation.wanted) {
    parts.observers.remove(decodeSign1(payload).device, observation.key);
    return NO_MORE;
  }
  const { device } = await signedRequest(parts, 'orders', payload);
  parts.observers.add(device.id, { ...request, observation });
  parts.asked(device.id, OBSERVED_FOR_MS);
  return OBSERVED;
}

/**
 * A further block of the order of which the observer was told the first. It is asked for without Observe, by some clients
 * with the payload of the request and by some with none, so nothing is signed anew: it goes to the address that was told, and
 * to no other. A stranger who asks in that address's name gets nothing for himself, and the device still gets all blocks, as they
 * are kept for a while when the last was asked for. What he can do is to make an order `sent` that the device has only begun to
 * fetch: if others follow at once it fetches in vain, and has the order when what is unanswered comes again.
 */
async function orderBlock(parts: CommandParts, { from, part }: CoapRequest): Promise<CoapReply> {
  if (part === undefined) throw new BiotError('MESSAGE_MALFORMED', 'orders are there to be observed');
  const transfer = parts.observers.transfer(from);
  const device = parts.mirror.device(transfer?.device ?? '');
  if (transfer === undefined || device === undefined)
    throw new BiotError('NOT_FOUND', 'no order is on its way to this address: it comes again');
  parts.admission.activeDevice({ tenant: device.tenant, device: device.id });
  return (await hasTurn(parts, device.id)) ? transfer.block(part) : AFTER_OTHERS;
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

import { decodeSign1 } from '../../chaincode/protocol/cose-sign1.ts';
import type { Device } from '../../chaincode/protocol/device.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { MAX_MESSAGE_BYTES } from '../../chaincode/protocol/message.ts';
import { peekSequence } from '../../chaincode/protocol/message-decoding.ts';
import { messageParts } from '../../chaincode/protocol/message-parts.ts';
import { rangesOf } from '../../chaincode/protocol/ranges.ts';
import { type Receipt, type Refused, RETRYABLE } from '../../chaincode/protocol/receipt.ts';
import { telemetryTopic, type TopicOwner } from '../../chaincode/protocol/topics.ts';
import type { Delivery, DeliveryRefusal } from '../delivery.ts';
import type { CoapReply, CoapRequest } from './exchange.ts';
import { LATER, patiently } from './patience.ts';
import { codeOf } from './refusal.ts';
import { MAX_ENVELOPE_BYTES, signerOf, type SignerParts } from './signer.ts';

export interface TelemetryParts extends SignerParts {
  /** Takes a message of a device that has proved to be who it is. */
  readonly receive: (owner: TopicOwner, delivery: Delivery) => void;
}

/**
 * Takes what a device signed (COSE_Sign1), one message or several, and answers when the database has it: with the same
 * receipt that MQTT's devices get. The signature is what counts, whoever brings it: a datagram's sender proves nothing, and
 * a DTLS terminator in front is not asked. One that is sent again is stored once, so it needs no freshness.
 */
export async function takeTelemetry(parts: TelemetryParts, { payload }: CoapRequest): Promise<CoapReply> {
  if (payload.length > MAX_MESSAGE_BYTES + MAX_ENVELOPE_BYTES)
    throw new BiotError('MESSAGE_TOO_LARGE', `at most ${MAX_MESSAGE_BYTES} bytes are taken at once`);
  const signed = decodeSign1(payload);
  const device = await signerOf(parts, 'telemetry', signed);
  return settlement(parts, device, messageParts(signed.payload));
}

async function settlement(
  { receive, time }: TelemetryParts,
  { tenant, id, epoch }: Device,
  messages: readonly Uint8Array[],
): Promise<CoapReply> {
  const owner = { tenant, device: id };
  const settled = Promise.all(
    messages.map(
      (payload) =>
        new Promise<Settled>((resolve) => {
          receive(owner, {
            topic: telemetryTopic(owner),
            payload,
            owed: () => true,
            acknowledge: (refused) => {
              resolve({ seq: peekSequence(payload), refused });
            },
          });
        }),
    ),
  );
  const outcome = await patiently(time, settled);
  return outcome === undefined ? LATER : receiptOf(epoch, outcome);
}

interface Settled {
  readonly seq: number | null;
  readonly refused: DeliveryRefusal | undefined;
}

function receiptOf(epoch: number, settled: readonly Settled[]): CoapReply {
  const refused: Refused[] = settled.flatMap(({ seq, refused: why }) =>
    why === undefined ? [] : [{ seq, ...why }],
  );
  const stored = settled.flatMap(({ seq, refused: why }) =>
    seq === null || why !== undefined ? [] : [{ device: '', epoch, seq }],
  );
  const committed = rangesOf(stored).map(({ first, last }): [number, number] => [first, last]);
  const [worst] = refused;
  return {
    code: worst === undefined ? '2.04' : codeOf(worst.code),
    contentFormat: 'json',
    payload: written({ epoch, committed, refused }),
    ...(worst !== undefined && RETRYABLE.includes(worst.code) && { maxAgeSeconds: LATER.maxAgeSeconds }),
  };
}

/** With CoAP's header and options it fits into a datagram that no way between has to cut. */
const MOST_BYTES = 1_024;
const MESSAGE_LENGTH = 80;

/** Cut so that it fits: what it does not name the device sends again, and hears of then. */
function written({ epoch, committed, refused }: Receipt): string {
  const reasons = refused.map((one) => ({ ...one, message: one.message.slice(0, MESSAGE_LENGTH) }));
  const named: Receipt = { epoch, committed: [...committed], refused: reasons };
  for (;;) {
    const text = JSON.stringify(named);
    if (Buffer.byteLength(text) <= MOST_BYTES) return text;
    if (named.refused.length > 1) named.refused.pop();
    else named.committed.pop();
  }
}

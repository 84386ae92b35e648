import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';

import { generate, type Packet, type ParsedPacket, parse } from 'coap-packet';

import type { Time } from '../../network/time.ts';
import { blockValue } from './block.ts';
import { BlockAssembly } from './block1.ts';
import { BoundedMap } from './bounded-map.ts';
import { type CoapHandler, type CoapReply, nameOf, type Observation, type Remote } from './exchange.ts';
import { IncomingRequest } from './incoming-request.ts';
import { Retransmission, type Settled } from './retransmission.ts';

export interface EndpointOptions {
  readonly handle: CoapHandler;
  readonly time: Time;
  /** Told of what no request explains, such as a handler that fails. */
  readonly onError: (error: unknown) => void;
}

/** RFC 7252 section 4.8.2, EXCHANGE_LIFETIME: so long a datagram may come again. */
const EXCHANGE_LIFETIME_MS = 247_000;
const MOST_REMEMBERED = 10_000;
/** Requests in work at one time. */
const MOST_OPEN = 1_024;
/** RFC 7252 section 3: longer ones (RFC 8974) would come back in every answer. */
const LONGEST_TOKEN = 8;
/** Before an answer is there the client hears so soon that its request has come (RFC 7252 section 5.2.2). */
const ACKNOWLEDGE_AFTER_MS = 200;
const BUSY: CoapReply = { code: '5.03', maxAgeSeconds: 2 };

const CONTENT_FORMATS = {
  text: Buffer.alloc(0),
  links: Buffer.of(40),
  bytes: Buffer.of(42),
  json: Buffer.of(50),
};

/**
 * A CoAP server (RFC 7252) on a UDP port: messages, repetition, blocks. Nobody has proved anything to it, so whatever a
 * sender can make it remember is bounded in number, size and time, and what it answers is not larger than what came.
 */
export class CoapEndpoint {
  readonly #options: EndpointOptions;
  readonly #socket: Socket = createSocket('udp4');
  readonly #assembly: BlockAssembly;
  readonly #answers: Retransmission;
  /** What was answered to each message; null while it is in work. */
  readonly #seen: BoundedMap<Buffer | null>;
  #open = 0;
  #closed = false;
  #messageId: number;
  #notifications = 0;

  constructor(options: EndpointOptions) {
    const { time } = options;
    const now = (): number => time.elapsed();
    this.#options = options;
    this.#assembly = new BlockAssembly(now);
    this.#answers = new Retransmission(time);
    this.#seen = new BoundedMap({ most: MOST_REMEMBERED, lifetimeMs: EXCHANGE_LIFETIME_MS, now });
    this.#messageId = Math.floor(time.random() * 0xffff);
    this.#socket.on('message', (bytes, remote) => {
      this.#receive(bytes, remote);
    });
    this.#socket.on('error', options.onError);
  }

  /** @returns the port */
  listen(port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#socket.once('error', reject);
      this.#socket.bind(port, '127.0.0.1', () => {
        this.#socket.off('error', reject);
        resolve(this.#socket.address().port);
      });
    });
  }

  /** Requests in work are answered no more: what is not answered is asked for again. */
  close(): Promise<void> {
    this.#closed = true;
    this.#answers.close();
    return new Promise((resolve) => {
      this.#socket.close(() => {
        resolve();
      });
    });
  }

  #receive(bytes: Buffer, remote: RemoteInfo): void {
    const packet = parsed(bytes);
    // What is no CoAP is ignored (RFC 7252 section 4.2 allows it): an answer would serve only who forged the sender. So is what
    // cannot be answered, such as a datagram from port 0.
    if (packet === undefined || packet.token.length > LONGEST_TOKEN || remote.port === 0) return;
    const key = `${nameOf(remote)} ${packet.messageId}`;
    if (packet.ack || packet.reset) this.#answers.settle(key, packet.ack);
    else if (packet.code.startsWith('0.') && packet.code !== '0.00') this.#request(packet, remote, key);
    // "CoAP ping", section 4.3.
    else if (packet.code === '0.00' && packet.confirmable)
      this.#send(remote, empty('reset', packet.messageId));
  }

  #request(packet: ParsedPacket, remote: Remote, key: string): void {
    const answered = this.#seen.get(key);
    if (answered !== undefined) {
      if (answered !== null) this.#transmit(remote, answered);
      return;
    }
    this.#seen.set(key, null);
    if (this.#open >= MOST_OPEN) this.#reply(new IncomingRequest(packet, remote, key), BUSY);
    else void this.#serve(new IncomingRequest(packet, remote, key));
  }

  async #serve(exchange: IncomingRequest): Promise<void> {
    this.#open += 1;
    const cancel = this.#options.time.after(ACKNOWLEDGE_AFTER_MS, () => {
      this.#acknowledge(exchange);
    });
    try {
      this.#reply(exchange, await this.#answerTo(exchange));
    } catch (error) {
      this.#options.onError(error);
      this.#reply(exchange, { code: '5.00' });
    } finally {
      cancel();
      this.#open -= 1;
    }
  }

  async #answerTo(exchange: IncomingRequest): Promise<CoapReply> {
    if (!exchange.understood) return { code: '4.02' };
    const { block, request } = exchange;
    const observation = this.#observation(exchange);
    const asked = { ...request, ...(observation && { observation }) };
    if (block === undefined) return this.#options.handle(asked);
    const outcome = this.#assembly.take(exchange.transfer, block, request.payload);
    if ('answer' in outcome) return { code: outcome.answer };
    return this.#options.handle({ ...asked, payload: outcome.whole });
  }

  #observation({ observe, packet, remote }: IncomingRequest): Observation | undefined {
    if (observe === undefined) return undefined;
    const { token } = packet;
    return {
      wanted: observe,
      key: `${nameOf(remote)} ${token.toString('hex')}`,
      notify: (reply) =>
        new Promise((resolve) => {
          this.#confirmed(
            remote,
            { code: reply.code, token, ...contentOf(reply, this.#notified()) },
            resolve,
          );
        }),
    };
  }

  /** In this order notifications were sent: 24 bits that wrap (RFC 7641 section 3.4). */
  #notified(): Buffer {
    this.#notifications = (this.#notifications + 1) % 0x1000000;
    return uint(this.#notifications);
  }

  #confirmed(remote: Remote, packet: Packet, settled?: Settled): void {
    const messageId = this.#nextMessageId();
    const bytes = this.#written({ ...packet, messageId, confirmable: true });
    this.#answers.send(
      `${nameOf(remote)} ${messageId}`,
      () => {
        this.#transmit(remote, bytes);
      },
      settled,
    );
  }

  #acknowledge(exchange: IncomingRequest): void {
    if (!exchange.packet.confirmable) return;
    exchange.acknowledged = true;
    this.#remember(exchange, empty('ack', exchange.packet.messageId));
  }

  #reply(exchange: IncomingRequest, reply: CoapReply): void {
    const { packet, remote, acknowledged, blockOption } = exchange;
    const content = contentOf(reply, reply.observed && this.#notified(), blockOption);
    const answer: Packet = { code: reply.code, token: packet.token, ...content };
    if (!packet.confirmable) this.#remember(exchange, { ...answer, messageId: this.#nextMessageId() });
    else if (acknowledged) this.#confirmed(remote, answer);
    else this.#remember(exchange, { ...answer, messageId: packet.messageId, ack: true });
  }

  /** Sends it now, and again when the same request comes again. */
  #remember({ key, remote }: IncomingRequest, packet: Packet): void {
    const bytes = this.#written(packet);
    this.#seen.set(key, bytes);
    this.#transmit(remote, bytes);
  }

  #send(remote: Remote, packet: Packet): void {
    this.#transmit(remote, this.#written(packet));
  }

  /** An answer that does not fit into a datagram is a fault of ours, and nobody's reason to get none. */
  #written(packet: Packet): Buffer {
    try {
      return generate(packet);
    } catch (error) {
      this.#options.onError(error);
      return generate({ ...packet, code: '5.00', options: [], payload: Buffer.alloc(0) });
    }
  }

  #transmit({ address, port }: Remote, bytes: Buffer): void {
    if (this.#closed) return;
    // What does not arrive is asked for again.
    this.#socket.send(bytes, port, address, () => undefined);
  }

  #nextMessageId(): number {
    this.#messageId = (this.#messageId + 1) % 0x10000;
    return this.#messageId;
  }
}

function contentOf(
  { contentFormat, etag, maxAgeSeconds, part, payload = '' }: CoapReply,
  observe?: Buffer,
  block1?: Buffer,
): Pick<Packet, 'options' | 'payload'> {
  const options = [
    { name: 'ETag' as const, value: etag },
    { name: 'Observe' as const, value: observe },
    { name: 'Content-Format' as const, value: contentFormat && CONTENT_FORMATS[contentFormat] },
    { name: 'Max-Age' as const, value: maxAgeSeconds === undefined ? undefined : uint(maxAgeSeconds) },
    { name: 'Block2' as const, value: part && uint(blockValue(part)) },
    { name: 'Block1' as const, value: block1 },
    { name: 'Size2' as const, value: part && uint(part.of) },
  ];
  return {
    options: options.flatMap(({ name, value }) => (value === undefined ? [] : [{ name, value }])),
    payload: Buffer.from(payload),
  };
}

/** RFC 7252 section 3.2: no leading zeros, and none at all for 0. */
function uint(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  const first = bytes.findIndex((byte) => byte !== 0);
  return first < 0 ? Buffer.alloc(0) : bytes.subarray(first);
}

function empty(kind: 'ack' | 'reset', messageId: number): Packet {
  return { code: '0.00', messageId, ack: kind === 'ack', reset: kind === 'reset' };
}

function parsed(bytes: Buffer): ParsedPacket | undefined {
  try {
    return parse(bytes);
  } catch {
    return undefined;
  }
}

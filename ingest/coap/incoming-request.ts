import type { ParsedPacket } from 'coap-packet';

import { type Block, readBlock } from './block.ts';
import { type CoapRequest, nameOf, type Remote } from './exchange.ts';

const METHODS: Readonly<Record<string, CoapRequest['method']>> = {
  '0.01': 'GET',
  '0.02': 'POST',
  '0.03': 'PUT',
  '0.04': 'DELETE',
  '0.05': 'FETCH',
};
/** Options that are elective by their number, or understood here; any other makes a request a bad one (section 5.4.1). */
const UNDERSTOOD: ReadonlySet<number | string> = new Set([
  'Uri-Host',
  'Uri-Port',
  'Uri-Path',
  'Uri-Query',
  'Accept',
  'Block1',
  'Block2',
]);
const ELECTIVE: ReadonlySet<number | string> = new Set([
  'ETag',
  'Observe',
  'Location-Path',
  'Content-Format',
  'Max-Age',
  'Hop-Limit',
  'Location-Query',
  'Size1',
  'Size2',
  'No-Response',
]);

const BLOCKS: readonly (number | string)[] = ['Block1', 'Block2'];

/** One request, and what its answer needs to know of it. */
export class IncomingRequest {
  readonly packet: ParsedPacket;
  readonly remote: Remote;
  /** Of the datagram: its sender and its message id. */
  readonly key: string;
  readonly request: CoapRequest;
  readonly block: Block | undefined;
  readonly understood: boolean;
  acknowledged = false;

  constructor(packet: ParsedPacket, remote: Remote, key: string) {
    this.packet = packet;
    this.remote = remote;
    this.key = key;
    const texts = (wanted: string): string[] =>
      packet.options.filter(({ name }) => name === wanted).map(({ value }) => value.toString());
    const part = this.#block('Block2');
    this.request = {
      method: METHODS[packet.code] ?? 'other',
      path: `/${texts('Uri-Path').join('/')}`,
      query: texts('Uri-Query'),
      from: nameOf(remote),
      payload: packet.payload,
      ...(part && { part }),
    };
    this.block = this.#block('Block1');
    this.understood = packet.options.every(
      ({ name, value }) => isUnderstood(name) && (!BLOCKS.includes(name) || readBlock(value) !== undefined),
    );
  }

  /** Of the request that a block belongs to. */
  get transfer(): string {
    return `${nameOf(this.remote)} ${this.request.method} ${this.request.path}`;
  }

  /** Whether its sender asks to be told more (RFC 7641 section 2), or no more; undefined when it asks neither. */
  get observe(): boolean | undefined {
    const value = this.#option('Observe');
    if (value === undefined || value.length > 1) return undefined;
    const number = value[0] ?? 0;
    return number > 1 ? undefined : number === 0;
  }

  /** As it came: only what could be read goes back, as anything else may be of any length. */
  get blockOption(): Buffer | undefined {
    return this.block === undefined ? undefined : this.#option('Block1');
  }

  #option(wanted: string): Buffer | undefined {
    return this.packet.options.find(({ name }) => name === wanted)?.value;
  }

  #block(name: 'Block1' | 'Block2'): Block | undefined {
    const value = this.#option(name);
    return value && readBlock(value);
  }
}

function isUnderstood(name: number | string): boolean {
  if (UNDERSTOOD.has(name) || ELECTIVE.has(name)) return true;
  const number = Number(name);
  // Odd ones are critical (RFC 7252 section 5.4.6).
  return Number.isInteger(number) && number % 2 === 0;
}

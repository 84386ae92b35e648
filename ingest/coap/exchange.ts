/** A request and its answer (RFC 7252), without what carries them. */
import type { Block, Part } from './block.ts';

/** Codes as RFC 7252 section 12.1.2 writes them: `2.04`. */
export type ReplyCode =
  | '2.04'
  | '2.05'
  | '2.31'
  | '4.00'
  | '4.01'
  | '4.02'
  | '4.03'
  | '4.04'
  | '4.05'
  | '4.08'
  | '4.09'
  | '4.13'
  | '4.22'
  | '4.29'
  | '5.00'
  | '5.03';

export interface CoapRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'FETCH' | 'other';
  /** `/telemetry`: the Uri-Path options. */
  readonly path: string;
  /** `name=value`: the Uri-Query options. */
  readonly query: readonly string[];
  /** Its sender's address and port. */
  readonly from: string;
  /** Which block of the answer is asked for (RFC 7959, Block2). */
  readonly part?: Block;
  /** Whole, however many blocks it came in. */
  readonly payload: Uint8Array;
  /** Of a request with the option Observe. */
  readonly observation?: Observation;
}

/** Who asks to be told more (RFC 7641), or to be told no more. */
export interface Observation {
  readonly wanted: boolean;
  /** The same for requests of one sender with one token. */
  readonly key: string;
  /**
   * Tells more.
   *
   * @returns whether it was acknowledged: false when it was rejected, or nobody answers; undefined when nobody knows, as too
   *   many are on their way to wait for all
   */
  readonly notify: (reply: CoapReply) => Promise<boolean | undefined>;
}

export interface CoapReply {
  readonly code: ReplyCode;
  /** Whether more will follow. */
  readonly observed?: true;
  /** JSON, a diagnostic text (RFC 7252 section 5.5.2) of an error, or bytes. */
  readonly payload?: string | Uint8Array;
  readonly contentFormat?: 'text' | 'links' | 'bytes' | 'json';
  /** Which block the payload is, and how many bytes all have. */
  readonly part?: Part;
  /** Of blocks that belong together (RFC 7959 section 2.4): those with another one are of something else. */
  readonly etag?: Buffer;
  /** Of 5.03: when to try again. Of what is observed: how long that lasts. */
  readonly maxAgeSeconds?: number;
}

/** Answers a request; what it throws becomes 5.00. */
export type CoapHandler = (request: CoapRequest) => Promise<CoapReply>;

/** Who sent a datagram. */
export interface Remote {
  readonly address: string;
  readonly port: number;
}

export function nameOf({ address, port }: Remote): string {
  return `${address} ${port}`;
}

import { randomBytes } from 'node:crypto';

import type { Time } from '../../network/time.ts';
import { type Block, placeOf } from './block.ts';
import type { CoapReply } from './exchange.ts';

/** A client that has asked for nothing new for so long is gone, or knows no blocks. */
const NEXT_WITHIN_MS = 30_000;
/** And so long all of it may take: a byte in every half minute would else hold a place for hours. */
const WHOLE_WITHIN_MS = 300_000;

interface TransferOptions {
  readonly device: string;
  readonly body: Buffer;
  /** Bytes of a block that the device is told of unasked. */
  readonly size: number;
  /** What is the same of every block. */
  readonly reply: CoapReply;
  /** Whether the device may still have it. */
  readonly still: () => boolean;
  readonly time: Pick<Time, 'after'>;
}

/**
 * A notification of which the first block is sent, and the others are asked for (RFC 7959 section 2.6). Each has an ETag of
 * its own, also one that is sent again: a client that was cut off in the middle of it begins anew then.
 */
export class Transfer {
  readonly device: string;
  readonly first: CoapReply;
  /** Whether every block was asked for in time. */
  readonly taken: Promise<boolean>;
  readonly #options: TransferOptions;
  readonly #etag = randomBytes(4);
  readonly #settle: (taken: boolean) => void;
  /** So many bytes, from the beginning, without a gap. */
  #handedOut = 0;
  #patience = (): void => undefined;
  readonly #limit: () => void;

  constructor(options: TransferOptions) {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#options = options;
    this.device = options.device;
    this.taken = promise;
    this.#settle = resolve;
    this.#limit = options.time.after(WHOLE_WITHIN_MS, () => {
      this.end();
    });
    this.first = this.block({ number: 0, size: options.size });
  }

  block(wanted: Pick<Block, 'number' | 'size'>): CoapReply {
    const { body, reply, still } = this.#options;
    if (!still()) {
      this.end();
      return { code: '4.04', payload: 'the order is not to be done any more' };
    }
    const place = placeOf(wanted, body.length);
    if (place === undefined) return { code: '4.00', payload: `there are ${body.length} bytes` };
    const { first, length, part } = place;
    const end = first + length;
    if (first <= this.#handedOut && end > this.#handedOut) this.#progress(end);
    return { ...reply, etag: this.#etag, part, payload: body.subarray(first, end) };
  }

  /** Nobody waits for the rest. */
  end(taken = false): void {
    this.#patience();
    this.#limit();
    this.#settle(taken);
  }

  /** Only what is new counts: who asks for the same again and again holds nobody up. */
  #progress(handedOut: number): void {
    const { body, time } = this.#options;
    this.#handedOut = handedOut;
    this.#patience();
    if (handedOut === body.length) this.end(true);
    else
      this.#patience = time.after(NEXT_WITHIN_MS, () => {
        this.end();
      });
  }
}

import type { KeptMessage } from './device-store.ts';

export interface WindowOptions {
  /** Messages that may be without receipt at one time. */
  readonly size: number;
  /** Milliseconds after which a message without receipt is sent again, at first and at most. */
  readonly resendAfter: { readonly first: number; readonly longest: number };
}

/** Where messages come from: those with higher numbers follow. */
export interface MessageQueue {
  after(seq: number): KeptMessage | undefined;
}

/**
 * Which message is to be sent next. A receipt, not the broker's acknowledgement, ends a message's stay in the window:
 * the broker may acknowledge and lose it.
 */
export class SendWindow {
  readonly #options: WindowOptions;
  /** Sequence number and instant of sending, in the order of sending. */
  readonly #sent = new Map<number, number>();
  /** All messages up to this one were sent, or are gone. */
  #cursor = 0;
  #size: number;
  #resendAfter: number;

  constructor(options: WindowOptions) {
    this.#options = options;
    this.#size = options.size;
    this.#resendAfter = options.resendAfter.first;
  }

  /** Messages without receipt. */
  get waiting(): number {
    return this.#sent.size;
  }

  /** @returns the next message to send, which now counts as sent; undefined when the window is full or nothing is left. */
  take(queue: MessageQueue, now: number): KeptMessage | undefined {
    if (this.#sent.size >= this.#size) return undefined;
    let message = queue.after(this.#cursor);
    while (message !== undefined && this.#sent.has(message.seq)) message = queue.after(message.seq);
    if (message === undefined) return undefined;
    this.#cursor = message.seq;
    this.#sent.set(message.seq, now);
    return message;
  }

  /** A receipt committed these: the platform works, so the whole window is open. */
  committed(messages: readonly KeptMessage[]): void {
    this.#remove(messages);
    this.#size = this.#options.size;
    this.#resendAfter = this.#options.resendAfter.first;
  }

  /** A receipt refused these for good. */
  refused(messages: readonly KeptMessage[]): void {
    this.#remove(messages);
  }

  /** The connection is lost: everything without receipt is to be sent again. */
  rewind(): void {
    this.#sent.clear();
    this.#cursor = 0;
  }

  /** The platform takes nothing at present: everything is to be sent again, beginning with a single message. */
  narrow(): void {
    this.rewind();
    this.#size = 1;
  }

  /** Takes back what has waited too long, so that it is sent again; the next time it may wait longer. */
  expire(now: number): number {
    let expired = 0;
    for (const [seq, sentAt] of this.#sent) {
      if (now - sentAt < this.#resendAfter) break;
      this.#sent.delete(seq);
      this.#cursor = Math.min(this.#cursor, seq - 1);
      expired += 1;
    }
    if (expired > 0) {
      // Those who wait for a platform that is down must not fill the broker's queue with copies.
      this.#resendAfter = Math.min(this.#resendAfter * 2, this.#options.resendAfter.longest);
    }
    return expired;
  }

  #remove(messages: readonly KeptMessage[]): void {
    for (const { seq } of messages) this.#sent.delete(seq);
  }
}

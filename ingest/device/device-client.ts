import type { Duplex } from 'node:stream';

import { type Receipt, receiptSchema, type Refused, RETRYABLE } from '../../chaincode/protocol/receipt.ts';
import type { TopicOwner } from '../../chaincode/protocol/topics.ts';
import { Backoff } from './backoff.ts';
import type { CommandDesk } from './command-desk.ts';
import type { DeviceTwin } from './device-twin.ts';
import type { DeviceStore, KeptMessage, Note, Reading } from './device-store.ts';
import type { UpdateDesk } from './firmware/update-desk.ts';
import { type Problem, problemOf } from './puback-problem.ts';
import { SendWindow, type WindowOptions } from './send-window.ts';
import { type Farewell, Uplink } from './uplink.ts';

export interface DeviceClientOptions {
  readonly owner: TopicOwner;
  /** Open, and nobody else's; the client does not close it. */
  readonly store: DeviceStore;
  /** Takes the platform's orders. */
  readonly desk: CommandDesk;
  /** Takes the platform's notices of firmware; without it the device hears of none. */
  readonly updates?: UpdateDesk | undefined;
  /** Told what is wanted of the device, and tells what it has. */
  readonly twin: DeviceTwin;
  /** Opens a connection to the broker; failures may come as its `error`. */
  readonly connect: () => Duplex;
  readonly window?: Partial<WindowOptions>;
  readonly events?: Partial<DeviceEvents>;
  /** Waits between connections. */
  readonly reconnect?: Backoff;
  /** Waits while the platform takes nothing. */
  readonly retry?: Backoff;
}

export interface DeviceEvents {
  connected(): void;
  disconnected(reason: Error): void;
  /** Handed to the broker; a message may be sent several times. */
  sent(message: KeptMessage): void;
  /** The platform has these for good; the store has forgotten them. */
  committed(messages: readonly KeptMessage[]): void;
  /** The platform will never take this; the store has forgotten it. Without a message when it could not be told which. */
  refused(refusal: Refused, message: KeptMessage | undefined): void;
  /** The platform takes nothing at present: everything is kept and tried again. */
  postponed(problem: Problem): void;
}

const DEFAULT_WINDOW: WindowOptions = { size: 256, resendAfter: { first: 10_000, longest: 300_000 } };
const RECONNECT = { first: 200, longest: 5_000 };
const RETRY = { first: 500, longest: 30_000 };
/** Looks for overdue receipts within the time after which they are overdue. */
const CHECKS = 4;

/**
 * A device's way to the platform: what is published is kept in the store and sent, again and again if need be, until
 * a receipt says that it is committed or will never be. No outage of broker or platform ends that.
 */
export class DeviceClient {
  readonly #options: DeviceClientOptions;
  readonly #events: Partial<DeviceEvents>;
  readonly #window: SendWindow;
  readonly #reconnect: Backoff;
  readonly #retry: Backoff;
  readonly #watch: NodeJS.Timeout;
  #uplink: Uplink | undefined;
  #reconnecting: NodeJS.Timeout | undefined;
  #pause: NodeJS.Timeout | undefined;
  #saving: Promise<void> | undefined;
  #closed = false;
  readonly #waiters = new Set<() => void>();

  constructor(options: DeviceClientOptions) {
    const {
      events = {},
      window = {},
      reconnect = new Backoff(RECONNECT),
      retry = new Backoff(RETRY),
    } = options;
    const windowOptions = { ...DEFAULT_WINDOW, ...window };
    this.#options = options;
    this.#events = events;
    this.#window = new SendWindow(windowOptions);
    this.#reconnect = reconnect;
    this.#retry = retry;
    this.#watch = setInterval(() => {
      if (this.#window.expire(performance.now()) > 0) this.#pump();
    }, windowOptions.resendAfter.first / CHECKS);
    this.#open();
  }

  get connected(): boolean {
    return this.#uplink?.open === true;
  }

  /**
   * Keeps a reading and sends it as soon as it is safe on the disk.
   *
   * @returns its sequence number
   * @throws BiotError INVALID_ARGUMENT, STORE_FULL, or what keeps the store from saving
   */
  publish(reading: Reading, note?: Note): number {
    const seq = this.#options.store.append(reading, note);
    const saved = this.#options.store.saved();
    if (saved !== this.#saving) {
      this.#saving = saved;
      saved.then(
        () => {
          this.#pump();
        },
        // The store throws the same at the next publication, where somebody can act on it.
        () => undefined,
      );
    }
    return seq;
  }

  /** Resolves when at most `count` messages wait for their receipts, or the client is closed. */
  async waitingAtMost(count: number): Promise<void> {
    while (!this.#closed && this.#options.store.size > count) {
      await new Promise<void>((resolve) => this.#waiters.add(resolve));
    }
  }

  /** Disconnects, for a sleep when it says so. What waits for receipts stays in the store. */
  async close(farewell: Farewell = {}): Promise<void> {
    this.#closed = true;
    clearInterval(this.#watch);
    clearTimeout(this.#pause);
    clearTimeout(this.#reconnecting);
    this.#wake();
    await this.#uplink?.close(farewell);
  }

  #open(): void {
    const { connect, desk, owner, twin, updates } = this.#options;
    const uplink = new Uplink(connect, owner, {
      ready: () => {
        this.#reconnect.reset();
        desk.connected((id, payload, settled) => {
          uplink.answer(id, payload, (reasonCode) => {
            settled(problemOf(reasonCode) === undefined);
          });
        });
        twin.connected((payload, settled) => {
          uplink.reportTwin(payload, (reasonCode) => {
            settled(problemOf(reasonCode) === undefined);
          });
        });
        updates?.connected((payload, settled) => {
          uplink.report(payload, (reasonCode) => {
            settled(problemOf(reasonCode) === undefined);
          });
        });
        this.#window.rewind();
        this.#events.connected?.();
        this.#pump();
      },
      receipt: (payload) => {
        this.#take(payload);
      },
      order: (payload) => {
        desk.receive(payload);
      },
      ...(updates !== undefined && {
        notice: (payload: Uint8Array) => {
          updates.receive(payload);
        },
      }),
      desired: (payload) => {
        twin.receive(payload);
      },
      answered: (reasonCode) => {
        const problem = problemOf(reasonCode);
        if (problem === undefined) this.#pump();
        else this.#holdBack(problem);
      },
      closed: (reason) => {
        this.#uplink = undefined;
        desk.disconnected();
        updates?.disconnected();
        twin.disconnected();
        if (this.#closed) return;
        this.#events.disconnected?.(reason);
        this.#reconnecting = setTimeout(() => {
          this.#open();
        }, this.#reconnect.next());
      },
    });
    this.#uplink = uplink;
  }

  #pump(): void {
    while (this.#pause === undefined && this.#uplink?.open === true) {
      const message = this.#window.take(this.#options.store, performance.now());
      if (message === undefined) return;
      this.#uplink.publish(message.payload);
      this.#events.sent?.(message);
    }
  }

  #take(payload: Uint8Array): void {
    const receipt = parseReceipt(payload);
    // The broker lets nobody but the platform write receipts, and one that cannot be read tells us nothing to do.
    if (receipt === undefined) return;
    this.#commit(receipt.committed);
    for (const refused of receipt.refused) this.#refuse(refused);
    this.#wake();
    this.#pump();
  }

  #commit(ranges: Receipt['committed']): void {
    const messages = this.#options.store.forget(ranges);
    if (messages.length === 0) return;
    this.#window.committed(messages);
    this.#retry.reset();
    this.#events.committed?.(messages);
  }

  #refuse(refused: Refused): void {
    if (RETRYABLE.includes(refused.code)) {
      this.#holdBack(refused);
      return;
    }
    const messages = refused.seq === null ? [] : this.#options.store.forget([[refused.seq, refused.seq]]);
    // A message that was sent twice is refused twice; that is told once.
    if (messages.length === 0 && refused.seq !== null) return;
    this.#window.refused(messages);
    this.#events.refused?.(refused, messages[0]);
  }

  #holdBack({ code, message }: Problem): void {
    if (this.#pause !== undefined || this.#closed) return;
    this.#window.narrow();
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      this.#pump();
    }, this.#retry.next());
    this.#events.postponed?.({ code, message });
  }

  #wake(): void {
    for (const waiter of this.#waiters) waiter();
    this.#waiters.clear();
  }
}

function parseReceipt(payload: Uint8Array): Receipt | undefined {
  try {
    return receiptSchema.safeParse(JSON.parse(Buffer.from(payload).toString())).data;
  } catch {
    return undefined;
  }
}

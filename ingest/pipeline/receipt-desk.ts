import { rangesOf } from '../../chaincode/protocol/ranges.ts';
import type { Receipt, Refused } from '../../chaincode/protocol/receipt.ts';
import { receiptTopic, type TopicOwner } from '../../chaincode/protocol/topics.ts';
import type { Publisher } from '../delivery.ts';
import type { Time } from '../time.ts';

/** A message that is committed, as a receipt needs it. */
export interface Receipted {
  readonly tenant: string;
  readonly device: string;
  readonly epoch: number;
  readonly seq: number;
}

/** Keep a receipt below what the broker takes in one packet (12 KiB), and a small device too. */
const RANGES_IN_A_RECEIPT = 100;
const REFUSALS_IN_A_RECEIPT = 25;
/** Refusals wait so long for others of the same device, so that a flood is not answered with a flood. */
const GATHER_MS = 50;
/** Devices whose refusals wait. Beyond it refusals are not told; the device sends again and is told then. */
const MOST_WAITING = 10_000;

interface Waiting {
  readonly owner: TopicOwner;
  readonly epoch: number | null;
  readonly refused: Refused[];
}

/** Tells devices what became of their messages. */
export class ReceiptDesk {
  readonly #publisher: Publisher;
  readonly #time: Time;
  readonly #waiting = new Map<string, Waiting>();
  #gathering = false;

  constructor(publisher: Publisher, time: Time) {
    this.#publisher = publisher;
    this.#time = time;
  }

  /** At once, one receipt a device: these are in the database for good. */
  committed(messages: readonly Receipted[]): void {
    const tenants = new Map(messages.map(({ device, tenant }) => [device, tenant]));
    const byStream = Map.groupBy(rangesOf(messages), ({ device, epoch }) => `${device} ${epoch}`);
    for (const ranges of byStream.values()) {
      const [first] = ranges;
      const tenant = first && tenants.get(first.device);
      if (first === undefined || tenant === undefined) continue;
      const pairs = ranges.map((range): [number, number] => [range.first, range.last]);
      for (let from = 0; from < pairs.length; from += RANGES_IN_A_RECEIPT) {
        const committed = pairs.slice(from, from + RANGES_IN_A_RECEIPT);
        this.#send({ tenant, device: first.device }, { epoch: first.epoch, committed, refused: [] });
      }
    }
  }

  /** Shortly, together with other refusals of the same device. */
  refused(owner: TopicOwner, epoch: number | null, refused: Refused): void {
    const key = `${owner.tenant}/${owner.device} ${epoch ?? ''}`;
    const waiting = this.#waiting.get(key) ?? { owner, epoch, refused: [] };
    waiting.refused.push(refused);
    if (waiting.refused.length >= REFUSALS_IN_A_RECEIPT) {
      this.#waiting.delete(key);
      this.#sendRefused(waiting);
    } else this.#keep(key, waiting);
  }

  /** Sends the refusals that wait. */
  flush(): void {
    for (const waiting of this.#waiting.values()) this.#sendRefused(waiting);
    this.#waiting.clear();
  }

  #keep(key: string, waiting: Waiting): void {
    if (this.#waiting.size >= MOST_WAITING && !this.#waiting.has(key)) return;
    this.#waiting.set(key, waiting);
    if (this.#gathering) return;
    this.#gathering = true;
    this.#time.after(GATHER_MS, () => {
      this.#gathering = false;
      this.flush();
    });
  }

  #sendRefused({ owner, epoch, refused }: Waiting): void {
    this.#send(owner, { epoch, committed: [], refused });
  }

  #send(owner: TopicOwner, receipt: Receipt): void {
    this.#publisher.publish(receiptTopic(owner), JSON.stringify(receipt), { qos: 1 });
  }
}

import { rangesOf } from '../../chaincode/protocol/ranges.ts';
import type { Receipt, Refused } from '../../chaincode/protocol/receipt.ts';
import { receiptTopic, type TopicOwner } from '../../chaincode/protocol/topics.ts';
import type { Publisher } from '../delivery.ts';
import type { Time } from '../../network/time.ts';
import { ReceiptPart, receiptParts } from './receipt-part.ts';

/** A message that is committed, as a receipt needs it. */
export interface Receipted {
  readonly tenant: string;
  readonly device: string;
  readonly epoch: number;
  readonly seq: number;
}

/** Characters of a refusal's text. In JSON each takes at most 6 bytes, so that any refusal fits into a receipt. */
const TEXT_LENGTH = 1_000;
/** Refusals wait so long for others of the same device, so that a flood is not answered with a flood. */
const GATHER_MS = 50;
/** Devices whose refusals wait. Beyond it refusals are not told; the device sends again and is told then. */
const MOST_WAITING = 10_000;

interface Waiting {
  readonly owner: TopicOwner;
  readonly epoch: number | null;
  readonly refused: ReceiptPart<Refused>;
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

  /** At once, for each device in as few receipts as it takes: these are in the database for good. */
  committed(messages: readonly Receipted[]): void {
    const tenants = new Map(messages.map(({ device, tenant }) => [device, tenant]));
    const byStream = Map.groupBy(rangesOf(messages), ({ device, epoch }) => `${device} ${epoch}`);
    for (const ranges of byStream.values()) {
      const [first] = ranges;
      const tenant = first && tenants.get(first.device);
      if (first === undefined || tenant === undefined) continue;
      const pairs = ranges.map((range): [number, number] => [range.first, range.last]);
      for (const { items: committed } of receiptParts(pairs))
        this.#send({ tenant, device: first.device }, { epoch: first.epoch, committed, refused: [] });
    }
  }

  /** Shortly, together with other refusals of the same device. */
  refused(owner: TopicOwner, epoch: number | null, refused: Refused): void {
    const key = `${owner.tenant}/${owner.device} ${epoch ?? ''}`;
    const waiting = this.#waiting.get(key);
    const told = { ...refused, message: refused.message.slice(0, TEXT_LENGTH) };
    if (waiting?.refused.add(told) === true) return;
    if (waiting !== undefined) this.#sendRefused(waiting);
    const begun = new ReceiptPart<Refused>();
    begun.add(told);
    this.#keep(key, { owner, epoch, refused: begun });
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
    this.#send(owner, { epoch, committed: [], refused: refused.items });
  }

  #send(owner: TopicOwner, receipt: Receipt): void {
    this.#publisher.publish(receiptTopic(owner), JSON.stringify(receipt), { qos: 1 });
  }
}

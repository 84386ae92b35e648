import type { PublicationProperties, Settled } from '../delivery.ts';

export interface Publication {
  readonly topic: string;
  readonly payload: Buffer;
  readonly properties?: PublicationProperties | undefined;
  readonly retain?: true | undefined;
  /** Called once: with the broker's reason code, or with undefined when it was dropped, or may have been lost. */
  readonly settled?: Settled | undefined;
}

export interface NumberedPublication extends Publication {
  readonly messageId: number;
}

const FIRST_ID = 1;
/** The last one, 0xffff, is left to the session's own SUBSCRIBE. */
const LAST_ID = 0xfffe;

/** What a waiting publication costs beside its payload and topic, about. */
const OVERHEAD_BYTES = 100;
/** Names and lengths of the properties, and the expiry interval. */
const PROPERTIES_BYTES = 16;

/**
 * Messages of QoS 1 on their way out: those that wait for a place in the broker's window (Receive Maximum), and those
 * that were sent and not acknowledged, which a resumed session has to send again [MQTT-4.4.0-1]. Its size is bounded:
 * what finds no room is for the caller to drop.
 */
export class Outbox {
  readonly #capacityBytes: number;
  readonly #waiting: Publication[] = [];
  #head = 0;
  #bytes = 0;
  readonly #sent = new Map<number, Publication>();
  #lastId = 0;

  constructor(capacityBytes: number) {
    this.#capacityBytes = capacityBytes;
  }

  /** @returns false when there is no room. */
  add(publication: Publication): boolean {
    const size = sizeOf(publication);
    if (this.#bytes + size > this.#capacityBytes) return false;
    this.#bytes += size;
    this.#waiting.push(publication);
    return true;
  }

  /** The publications that may be sent now, so that no more than `window` are without acknowledgement. */
  take(window: number): NumberedPublication[] {
    const taken: NumberedPublication[] = [];
    while (this.#sent.size < Math.min(window, LAST_ID)) {
      const publication = this.#waiting[this.#head];
      if (publication === undefined) break;
      this.#head += 1;
      const messageId = this.#freeId();
      this.#sent.set(messageId, publication);
      taken.push({ messageId, ...publication });
    }
    if (this.#head > 0 && this.#head >= this.#waiting.length / 2) {
      this.#waiting.splice(0, this.#head);
      this.#head = 0;
    }
    return taken;
  }

  acknowledged(messageId: number, reasonCode = 0): void {
    const publication = this.#sent.get(messageId);
    if (publication === undefined) return;
    this.#sent.delete(messageId);
    this.#bytes -= sizeOf(publication);
    publication.settled?.(reasonCode);
  }

  /** What was sent and not acknowledged, in the order in which it was sent. */
  unacknowledged(): NumberedPublication[] {
    return [...this.#sent].map(([messageId, publication]) => ({ messageId, ...publication }));
  }

  /** Drops what was never sent. @returns how many. */
  dropWaiting(): number {
    const dropped = this.#waiting.splice(0).slice(this.#head);
    this.#head = 0;
    this.#drop(dropped);
    return dropped.length;
  }

  /** Drops what was sent and not acknowledged: the broker has forgotten the session. @returns how many. */
  dropSent(): number {
    const dropped = [...this.#sent.values()];
    this.#sent.clear();
    this.#drop(dropped);
    return dropped.length;
  }

  #drop(publications: readonly Publication[]): void {
    for (const publication of publications) {
      this.#bytes -= sizeOf(publication);
      publication.settled?.(undefined);
    }
  }

  #freeId(): number {
    do this.#lastId = this.#lastId === LAST_ID ? FIRST_ID : this.#lastId + 1;
    while (this.#sent.has(this.#lastId));
    return this.#lastId;
  }
}

function sizeOf({ topic, payload, properties }: Publication): number {
  return OVERHEAD_BYTES + topic.length + payload.length + sizeOfProperties(properties);
}

/** Bytes of the properties in a packet, at most. */
export function sizeOfProperties(properties: PublicationProperties | undefined): number {
  if (properties === undefined) return 0;
  const { responseTopic, correlationData } = properties;
  return PROPERTIES_BYTES + responseTopic.length + correlationData.length;
}

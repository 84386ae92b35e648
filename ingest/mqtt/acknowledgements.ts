/** One delivery that the broker waits for. */
interface Entry {
  readonly messageId: number;
  settled: boolean;
}

/** Used-up entries at the front are cut off this many at a time: cheaper than shifting each. */
const TRIM_AT = 1024;

/**
 * The PUBACKs of one connection. Deliveries may be settled in any order, but a client has to acknowledge in the order
 * of arrival (MQTT 5 section 4.6, [MQTT-4.6.0-2]), so an acknowledgement waits for those before it.
 */
export class Acknowledgements {
  readonly #entries: Entry[] = [];
  #head = 0;

  /** Deliveries that are not acknowledged yet. */
  get waiting(): number {
    return this.#entries.length - this.#head;
  }

  /**
   * Takes note of a delivery.
   *
   * @returns what settles it: true when acknowledgements can now be taken, false when they have to wait or it was settled before
   */
  expect(messageId: number): () => boolean {
    const entry: Entry = { messageId, settled: false };
    this.#entries.push(entry);
    return () => {
      if (entry.settled) return false;
      entry.settled = true;
      return this.#entries[this.#head] === entry;
    };
  }

  /** The message ids whose turn it is, in the order of their arrival. */
  take(): number[] {
    const ready: number[] = [];
    for (let entry = this.#entries[this.#head]; entry?.settled; entry = this.#entries[this.#head]) {
      ready.push(entry.messageId);
      this.#head += 1;
    }
    if (this.#head >= TRIM_AT) {
      this.#entries.splice(0, this.#head);
      this.#head = 0;
    }
    return ready;
  }
}

const PUBACK = 0x40;
const PUBACK_BYTES = 4;

/** PUBACK packets in their shortest form: no reason code means success (MQTT 5 section 3.4.2.1). */
export function encodeAcknowledgements(messageIds: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(messageIds.length * PUBACK_BYTES);
  for (const [index, messageId] of messageIds.entries()) {
    const at = index * PUBACK_BYTES;
    bytes[at] = PUBACK;
    bytes[at + 1] = PUBACK_BYTES - 2;
    bytes.writeUInt16BE(messageId, at + 2);
  }
  return bytes;
}

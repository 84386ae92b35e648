/** Bytes of the longest receipt: far below what the broker takes in one packet (12 KiB), and fit for a small device. */
export const RECEIPT_BYTES = 8 * 1024;

const AROUND = { epoch: Number.MAX_SAFE_INTEGER, committed: [], refused: [] };
const ROOM = RECEIPT_BYTES - bytesOf(AROUND);

/** Committed ranges, or refusals, that fit into one receipt together. */
export class ReceiptPart<Item> {
  readonly items: Item[] = [];
  #bytes = 0;

  /** @returns false, without taking the item, when the receipt would become too long */
  add(item: Item): boolean {
    const comma = this.items.length === 0 ? 0 : 1;
    const bytes = this.#bytes + comma + bytesOf(item);
    if (bytes > ROOM) return false;
    this.#bytes = bytes;
    this.items.push(item);
    return true;
  }
}

/** As few parts as these items need in their order. An item that fits into no receipt is left out. */
export function receiptParts<Item>(items: Iterable<Item>): ReceiptPart<Item>[] {
  const parts: ReceiptPart<Item>[] = [];
  for (const item of items) {
    if (parts.at(-1)?.add(item) === true) continue;
    const part = new ReceiptPart<Item>();
    if (part.add(item)) parts.push(part);
  }
  return parts;
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

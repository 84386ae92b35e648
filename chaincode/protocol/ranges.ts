/**
 * Sequence ranges: which of a device's messages a batch holds. Their root stands in the batch's anchor, so that a
 * gap in a device's numbers, or a message withheld, can be shown from the ledger.
 */
import { ByteWriter, compareText } from './bytes.ts';
import { leafHash, merkleRoot } from './merkle.ts';

export interface SequenceRange {
  device: string;
  epoch: number;
  first: number;
  last: number;
}

/** A message's number, for the ranges of its batch. */
export interface Numbered {
  device: string;
  epoch: number;
  seq: number;
}

function compareNumbered(left: Numbered, right: Numbered): number {
  return compareText(left.device, right.device) || left.epoch - right.epoch || left.seq - right.seq;
}

/** The fewest ranges that hold exactly these numbers, ordered by device, epoch and number. */
export function rangesOf(numbers: readonly Numbered[]): SequenceRange[] {
  const ranges: SequenceRange[] = [];
  for (const { device, epoch, seq } of [...numbers].sort(compareNumbered)) {
    const last = ranges.at(-1);
    if (last?.device === device && last.epoch === epoch && seq <= last.last + 1)
      last.last = Math.max(last.last, seq);
    else ranges.push({ device, epoch, first: seq, last: seq });
  }
  return ranges;
}

export function encodeRange(range: SequenceRange): Uint8Array {
  return new ByteWriter()
    .text('biot.range.1')
    .text(range.device)
    .u32(range.epoch)
    .u64(range.first)
    .u64(range.last)
    .finish();
}

/** The Merkle root over ranges in the order of `rangesOf`. */
export function rangesRoot(ranges: readonly SequenceRange[]): Uint8Array {
  return merkleRoot(ranges.map((range) => leafHash(encodeRange(range))));
}

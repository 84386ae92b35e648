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

/** The fewest ranges that hold exactly these numbers, ordered by device (bytes of its id), epoch and number. */
export function rangesOf(numbers: readonly Numbered[]): SequenceRange[] {
  const byStream = Map.groupBy(numbers, ({ device, epoch }) => `${device}/${epoch}`);
  const streams = [...byStream.values()].flatMap((members) => {
    const [first] = members;
    return first === undefined ? [] : [{ device: first.device, epoch: first.epoch, members }];
  });
  streams.sort((left, right) => compareText(left.device, right.device) || left.epoch - right.epoch);
  return streams.flatMap(({ device, epoch, members }) =>
    runsOf(members.map(({ seq }) => seq)).map(([first, last]) => ({ device, epoch, first, last })),
  );
}

/** Runs of neighbouring numbers, in order; a number that comes twice counts once. */
function runsOf(numbers: readonly number[]): [first: number, last: number][] {
  const runs: [number, number][] = [];
  for (const number of [...numbers].sort((left, right) => left - right)) {
    const run = runs.at(-1);
    if (run !== undefined && number <= run[1] + 1) run[1] = number;
    else runs.push([number, number]);
  }
  return runs;
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

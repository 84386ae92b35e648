import type { Reading } from '../api/types.ts';
import { concerns, type AnchoredFrame } from '../live/frames.ts';

/** The readings of the batches that a live frame tells of marked as committed; the same list when there are none. */
export function markAnchored(readings: readonly Reading[], frame: AnchoredFrame): readonly Reading[] {
  const marked = readings.map((reading): Reading => {
    const { anchor } = reading;
    if (anchor === null || anchor.state === 'committed' || !concerns(frame, anchor)) return reading;
    return { ...reading, anchor: { ...anchor, state: 'committed' } };
  });
  return marked.some((reading, index) => reading !== readings[index]) ? marked : readings;
}

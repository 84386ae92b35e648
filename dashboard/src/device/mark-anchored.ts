import type { Reading } from '../api/types.ts';
import { concerns, type AnchoredFrame } from '../live/frames.ts';

/** The readings of the batches that a live frame tells of marked as committed; the same list when there are none. */
export function markAnchored(readings: readonly Reading[], frame: AnchoredFrame): readonly Reading[] {
  const news = ({ anchor }: Reading): boolean => anchor.state !== 'committed' && concerns(frame, anchor);
  if (!readings.some(news)) return readings;
  return readings.map((reading) =>
    news(reading) ? { ...reading, anchor: { ...reading.anchor, state: 'committed' } } : reading,
  );
}

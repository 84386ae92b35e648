import type { Reading } from '../api/types.ts';
import type { AnchoredFrame } from '../live/frames.ts';

/** The readings with those of the batch that a live frame tells of marked as committed. */
export function markAnchored(readings: readonly Reading[], frame: AnchoredFrame): readonly Reading[] {
  const concerns = ({ anchor }: Reading): boolean =>
    anchor.logId === frame.logId && anchor.sequence === frame.sequence && anchor.state !== 'committed';
  if (!readings.some(concerns)) return readings;
  return readings.map((reading) =>
    concerns(reading) ? { ...reading, anchor: { ...reading.anchor, state: 'committed' } } : reading,
  );
}

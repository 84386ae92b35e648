import type { Anchor } from '../api/types.ts';
import type { AnchoredFrame } from '../live/frames.ts';

/** The list with the batch that a live frame tells of marked as committed; the same list when it is not in it. */
export function applyAnchored(anchors: readonly Anchor[], frame: AnchoredFrame): readonly Anchor[] {
  const index = anchors.findIndex(
    ({ logId, sequence }) => logId === frame.logId && sequence === frame.sequence,
  );
  const anchor = anchors[index];
  if (anchor === undefined || anchor.state === 'committed') return anchors;
  return anchors.with(index, { ...anchor, state: 'committed', block: frame.block });
}

import type { Anchor } from '../api/types.ts';
import { concerns, type AnchoredFrame } from '../live/frames.ts';

/** The list with the batches that a live frame tells of marked as committed; the same list when there are none. */
export function applyAnchored(anchors: readonly Anchor[], frame: AnchoredFrame): readonly Anchor[] {
  const news = (anchor: Anchor): boolean => anchor.state !== 'committed' && concerns(frame, anchor);
  if (!anchors.some(news)) return anchors;
  const { transaction, block } = frame;
  return anchors.map((anchor) =>
    news(anchor) ? { ...anchor, state: 'committed', transaction, block } : anchor,
  );
}

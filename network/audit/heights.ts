/** How many blocks of a channel a peer said to have, when first asked and after the wait for those behind. */
export interface Standing {
  readonly peer: string;
  readonly organisation: string;
  readonly first: number;
  readonly last: number;
}

/** `behind` and `ahead` count blocks. */
export type HeightVerdict =
  | { readonly kind: 'current' }
  | { readonly kind: 'caught-up'; readonly behind: number }
  | { readonly kind: 'lags'; readonly behind: number }
  | { readonly kind: 'alone'; readonly ahead: number };

/**
 * The height up to which a majority of the organisations vouches. Of two, the higher one: there is no majority then,
 * and a peer that is behind is likelier than one that makes blocks up.
 */
export function vouchedHeight(
  heights: readonly { readonly organisation: string; readonly height: number }[],
): number {
  const byOrganisation = Map.groupBy(heights, ({ organisation }) => organisation);
  const highest = [...byOrganisation.values()]
    .map((peers) => Math.max(...peers.map(({ height }) => height)))
    .sort((one, other) => other - one);
  return highest[highest.length < 3 ? 0 : Math.floor(highest.length / 2)] ?? 0;
}

/**
 * Tells those behind from those who claim blocks that no majority ever came to have.
 *
 * @returns a verdict for each standing, in their order
 */
export function judgeHeights(standings: readonly Standing[]): HeightVerdict[] {
  const at = (when: 'first' | 'last'): number =>
    vouchedHeight(
      standings.map((standing) => ({ organisation: standing.organisation, height: standing[when] })),
    );
  const expected = at('first');
  const reached = Math.max(expected, at('last'));
  return standings.map(({ first, last }): HeightVerdict => {
    if (first > reached) return { kind: 'alone', ahead: first - reached };
    if (last < expected) return { kind: 'lags', behind: reached - last };
    return first < expected ? { kind: 'caught-up', behind: expected - first } : { kind: 'current' };
  });
}

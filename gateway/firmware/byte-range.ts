/** Which bytes a request asks for (RFC 9110 section 14): one range, as those who resume a download do. */

/** Inclusive. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

export interface RangeHeaders {
  readonly range: string | undefined;
  readonly ifRange: string | undefined;
}

const FROM = /^bytes=(\d{1,15})-(\d{0,15})$/i;
const LAST = /^bytes=-(\d{1,15})$/i;

/**
 * Anything else than one range of bytes is ignored, as section 14.2 allows, and so is a range of what was something else
 * (section 13.1.5): then it is the whole.
 *
 * @param etag strong, of what there is now
 * @returns undefined for the whole; `unsatisfiable` when there is nothing there
 */
export function rangeOf(
  { range = '', ifRange }: RangeHeaders,
  { size, etag }: { size: number; etag: string },
): ByteRange | 'unsatisfiable' | undefined {
  if (ifRange !== undefined && ifRange.trim() !== etag) return undefined;
  const [, count] = LAST.exec(range.trim()) ?? [];
  if (count !== undefined) return within({ first: Math.max(0, size - Number(count)), last: size - 1 }, size);
  const [, from, to = ''] = FROM.exec(range.trim()) ?? [];
  if (from === undefined) return undefined;
  return within({ first: Number(from), last: to === '' ? Infinity : Number(to) }, size);
}

function within({ first, last }: ByteRange, size: number): ByteRange | 'unsatisfiable' | undefined {
  if (last < first && first < size) return undefined;
  return first >= size ? 'unsatisfiable' : { first, last: Math.min(last, size - 1) };
}

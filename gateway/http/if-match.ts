import { BiotError } from '../../chaincode/protocol/errors.ts';
import { invalidField } from './validation.ts';

/**
 * Whether a header `If-Match` names what has this ETag (RFC 9110 section 13.1.1). ETags are compared strongly, so a weak one
 * names nothing; nor does what is no list of ETags.
 *
 * @param etag with its quotes, and without a comma
 */
export function namedBy(header: string, etag: string): boolean {
  const named = header.split(',').map((each) => each.trim());
  return named.includes(etag) || header.trim() === '*';
}

/** What callers say to have seen of what they change, in the body, by `If-Match`, or both; then both have to be right. */
export interface Seen {
  readonly version?: number | undefined;
  readonly ifMatch: string | undefined;
}

export const IF_MATCH =
  '`If-Match` names the ETag of what was seen: the version in quotes, such as `"3"`; `*` names any.';

/** @throws Refusal INVALID_ARGUMENT when nothing says what was seen: it would take the place of whatever is there */
export function requireSaid({ version, ifMatch }: Seen): void {
  if (version === undefined && ifMatch === undefined)
    throw invalidField('version', 'needed where no `If-Match` says what was seen');
}

/**
 * @param now what is there; the ETag is that of its version unless stated
 * @param sentence for who has seen something else
 * @throws BiotError VERSION_CONFLICT when the caller has seen something else, and says so
 */
export function requireSeen(
  { version, etag = `"${version}"` }: { version: number; etag?: string },
  seen: Seen,
  sentence: string,
): void {
  const isSeen = seen.version === undefined || seen.version === version;
  if (!isSeen || (seen.ifMatch !== undefined && !namedBy(seen.ifMatch, etag)))
    throw new BiotError('VERSION_CONFLICT', sentence);
}

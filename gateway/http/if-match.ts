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

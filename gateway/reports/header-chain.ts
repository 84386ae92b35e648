import { type Header, headerHashHex, MAX_HEADERS } from '../../chaincode/protocol/header.ts';
import type { AnchorLedger } from '../../network/ledger/anchors.ts';
import type { Span } from '../../sql/queries/report-logs.ts';
import type { ReportStore } from './report-store.ts';

export interface HeaderSources {
  readonly store: Pick<ReportStore, 'headers'>;
  readonly ledger: Pick<AnchorLedger, 'list'>;
}

export interface ComparedHeaders {
  /** How many of SQL's headers were held against the ledger's. */
  readonly compared: number;
  /** Numbers of those that differ, in order. */
  readonly altered: number[];
  /** Whether the ledger answered all that it was asked. */
  readonly answered: boolean;
}

/**
 * Holds SQL's headers of a span, all of which the ledger has, against the ledger's. A header has the hash of the one before it,
 * so the ledger's last header vouches for every one that leads to it, and is all that is asked while SQL is right. Who altered a
 * header and every one after it still has another last one; only then does the ledger give its headers, page by page.
 *
 * @throws BiotError DATABASE_UNAVAILABLE
 */
export async function compareHeaders(
  { store, ledger }: HeaderSources,
  logId: string,
  { first, last }: Span,
): Promise<ComparedHeaders> {
  const ask = (page: Span): Promise<Header[] | undefined> =>
    ledger.list(logId, page.first, page.last - page.first + 1).catch(() => undefined);
  const altered: number[] = [];
  let compared = 0;
  let expected = vouched(await ask({ first: last, last }));
  for (let to = last; to >= first && expected !== undefined; to -= MAX_HEADERS) {
    const page = { first: Math.max(first, to - MAX_HEADERS + 1), last: to };
    const ours = await store.headers(logId, page);
    const before = followed(ours, page, expected);
    if (before === undefined) {
      const theirs = await ask(page);
      if (theirs === undefined) return { compared, altered: sorted(altered), answered: false };
      altered.push(...differing(ours, theirs));
      expected = theirs[0]?.previous;
    } else expected = before;
    compared += ours.length;
  }
  return { compared, altered: sorted(altered), answered: expected !== undefined };
}

/** The hash that the ledger's last header has. */
function vouched(headers: readonly Header[] | undefined): string | undefined {
  const header = headers?.at(-1);
  return header && headerHashHex(header);
}

/** The hash before a page whose headers lead to `expected`; undefined when one is missing, or does not. */
function followed(headers: readonly Header[], { first, last }: Span, expected: string): string | undefined {
  if (headers.length !== last - first + 1) return undefined;
  let hash = expected;
  for (const header of headers.toReversed()) {
    if (headerHashHex(header) !== hash) return undefined;
    hash = header.previous;
  }
  return hash;
}

function differing(ours: readonly Header[], theirs: readonly Header[]): number[] {
  const hashes = new Map(theirs.map((header) => [header.sequence, headerHashHex(header)]));
  return ours
    .filter((header) => hashes.get(header.sequence) !== headerHashHex(header))
    .map(({ sequence }) => sequence);
}

function sorted(numbers: readonly number[]): number[] {
  return numbers.toSorted((one, other) => one - other);
}

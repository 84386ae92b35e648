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
  /** Those that were not compared, and why: the ledger did not give its headers, or they differ in too many places before. */
  readonly left?: Span & { readonly why: Why };
}

/** Pages that the ledger is asked for at most: who altered a header here and there must not make a report take for ever. */
export const MOST_PAGES_ASKED = 40;

/**
 * Holds SQL's headers of a span, all of which the ledger has, against the ledger's. A header has the hash of the one before it,
 * so the ledger's last header vouches for every one that leads to it, and is all that is asked while SQL is right. Who altered a
 * header and every one after it still has another last one; only then does the ledger give its headers, page by page.
 *
 * @throws BiotError DATABASE_UNAVAILABLE
 */
export async function compareHeaders(
  sources: HeaderSources,
  logId: string,
  { first, last }: Span,
): Promise<ComparedHeaders> {
  const walk = new Walk(sources, logId, last);
  let step = await walk.begin();
  while ('expected' in step && walk.lowest > first) {
    const page = { first: Math.max(first, walk.lowest - MAX_HEADERS), last: walk.lowest - 1 };
    step = await walk.through(page, step.expected);
  }
  const { compared, lowest } = walk;
  const altered = walk.altered.toSorted((one, other) => one - other);
  return 'why' in step
    ? { compared, altered, left: { first, last: lowest - 1, why: step.why } }
    : { compared, altered };
}

type Why = 'silent' | 'many';
/** The hash that the header has which comes next on the way back, or why there is no way on. */
type Step = { readonly expected: string } | { readonly why: Why };

/** From a log's last header back. */
class Walk {
  readonly altered: number[] = [];
  compared = 0;
  /** The lowest number that is compared. */
  lowest: number;
  readonly #sources: HeaderSources;
  readonly #logId: string;
  #asked = 0;

  constructor(sources: HeaderSources, logId: string, last: number) {
    this.#sources = sources;
    this.#logId = logId;
    this.lowest = last + 1;
  }

  async begin(): Promise<Step> {
    const [header] = (await this.#ask({ first: this.lowest - 1, last: this.lowest - 1 })) ?? [];
    return header === undefined ? { why: 'silent' } : { expected: headerHashHex(header) };
  }

  async through(page: Span, expected: string): Promise<Step> {
    const ours = await this.#sources.store.headers(this.#logId, page);
    const before = followed(ours, page, expected);
    if (before !== undefined) return this.#done(page, ours, before);
    if (this.#asked === MOST_PAGES_ASKED) return { why: 'many' };
    this.#asked += 1;
    const theirs = await this.#ask(page);
    const [earliest] = theirs ?? [];
    if (theirs === undefined || earliest === undefined) return { why: 'silent' };
    this.altered.push(...differing(ours, theirs));
    return this.#done(page, ours, earliest.previous);
  }

  #done({ first }: Span, ours: readonly Header[], expected: string): Step {
    this.lowest = first;
    this.compared += ours.length;
    return { expected };
  }

  /** @returns undefined unless the ledger gives all of them: a peer may lag, which makes nobody's headers false */
  async #ask({ first, last }: Span): Promise<Header[] | undefined> {
    const number = last - first + 1;
    const headers = await this.#sources.ledger.list(this.#logId, first, number).catch(() => undefined);
    return headers?.length === number ? headers : undefined;
  }
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

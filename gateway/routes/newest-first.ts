/** Pages of what the ledger orders by ids that say nothing of time. People make few of these, so all are read. */
import { z } from 'zod';

import { transactionIdSchema } from '../../chaincode/protocol/identifiers.ts';
import { cursorField, pageOf } from '../http/fields.ts';

/** An id on the ledger is 64 hexadecimal digits, be it a hash's or a transaction's. */
const placeSchema = z.strictObject({ at: z.iso.datetime(), id: transactionIdSchema });
type Place = z.infer<typeof placeSchema>;

export const placeField = cursorField(placeSchema);

interface Listing<R> {
  /** A page of the ledger's, by its bookmark. */
  readonly list: (pageSize: number, bookmark: string) => Promise<{ records: readonly R[]; bookmark: string }>;
  /** When it was made, as its maker said. */
  readonly madeAt: (record: R) => string;
  readonly wanted?: (record: R) => boolean;
}

interface Page {
  readonly limit: number;
  readonly cursor?: Place | undefined;
}

/** So many of the largest fit into one of Fabric's messages. */
const LEDGER_PAGE = 200;

/** The newest first, from the cursor on. */
export async function newestFirst<R extends { readonly id: string }>(
  { list, madeAt, wanted = () => true }: Listing<R>,
  { limit, cursor }: Page,
): Promise<{ records: R[]; next: string | null }> {
  const placeOf = (record: R): Place => ({ at: madeAt(record), id: record.id });
  const found: R[] = [];
  let bookmark = '';
  do {
    const page = await list(LEDGER_PAGE, bookmark);
    found.push(...page.records.filter(wanted));
    ({ bookmark } = page);
  } while (bookmark !== '');
  found.sort((left, right) => (isBefore(placeOf(left), placeOf(right)) ? 1 : -1));
  const rest = cursor === undefined ? found : found.filter((record) => isBefore(placeOf(record), cursor));
  const { page: records, next } = pageOf(rest, limit, placeOf);
  return { records, next };
}

function isBefore(left: Place, right: Place): boolean {
  return left.at === right.at ? left.id < right.id : left.at < right.at;
}

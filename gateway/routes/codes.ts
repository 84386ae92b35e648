/** What the routes of claims and of vouchers have in common. */
import { z } from 'zod';

import { reasonSchema } from '../../chaincode/protocol/device.ts';
import { hashHexSchema } from '../../chaincode/protocol/hash.ts';
import { type CodeRecord, codeStateSchema } from '../../chaincode/protocol/onboarding/state.ts';
import { cursorField, encodeCursor, limitField } from '../http/fields.ts';

const placeSchema = z.strictObject({ at: z.iso.datetime(), id: hashHexSchema });
type Place = z.infer<typeof placeSchema>;

export const codeListQuery = z.strictObject({
  state: codeStateSchema.optional(),
  limit: limitField(50, 200),
  cursor: cursorField(placeSchema),
});

export const codeParams = z.strictObject({ id: hashHexSchema });

export const withdrawalSchema = z.strictObject({ reason: reasonSchema }).meta({ id: 'Withdrawal' });

export interface CodeQuery {
  state?: CodeRecord['state'] | undefined;
  limit: number;
  cursor?: Place | undefined;
}

export interface CodePage<R> {
  records: R[];
  next: string | null;
}

/** People make these, so there are few: all are read, and then ordered. */
const LEDGER_PAGE = 1_000;

/** The records that one query asks for. The ledger orders them by hashes, people want the newest first. @param list a page of the ledger's, by its bookmark */
export async function newestFirst<R extends CodeRecord>(
  list: (pageSize: number, bookmark: string) => Promise<{ records: readonly R[]; bookmark: string }>,
  { state, limit, cursor }: CodeQuery,
): Promise<CodePage<R>> {
  const found: R[] = [];
  let bookmark = '';
  do {
    const page = await list(LEDGER_PAGE, bookmark);
    found.push(...page.records.filter((record) => state === undefined || record.state === state));
    ({ bookmark } = page);
  } while (bookmark !== '');
  found.sort((left, right) => (isBefore(placeOf(left), placeOf(right)) ? 1 : -1));
  const rest = cursor === undefined ? found : found.filter((record) => isBefore(placeOf(record), cursor));
  const records = rest.slice(0, limit);
  const last = rest.length > limit ? records.at(-1) : undefined;
  return { records, next: last === undefined ? null : encodeCursor(placeOf(last)) };
}

function placeOf({ id, created: { at } }: CodeRecord): Place {
  return { id, at };
}

function isBefore(left: Place, right: Place): boolean {
  return left.at === right.at ? left.id < right.id : left.at < right.at;
}

/** What the routes of claims and of vouchers have in common. */
import { z } from 'zod';

import { reasonSchema } from '../../chaincode/protocol/device.ts';
import { hashHexSchema } from '../../chaincode/protocol/hash.ts';
import { type CodeRecord, codeStateSchema } from '../../chaincode/protocol/onboarding/state.ts';
import { limitField } from '../http/fields.ts';
import { newestFirst, placeField } from './newest-first.ts';

export const codeListQuery = z.strictObject({
  state: codeStateSchema.optional(),
  limit: limitField(50, 200),
  cursor: placeField,
});

export const codeParams = z.strictObject({ id: hashHexSchema });

export const withdrawalSchema = z.strictObject({ reason: reasonSchema }).meta({ id: 'Withdrawal' });

/** @param list a page of the ledger's, by its bookmark */
export function newestCodes<R extends CodeRecord>(
  list: (pageSize: number, bookmark: string) => Promise<{ records: readonly R[]; bookmark: string }>,
  { state, ...page }: z.output<typeof codeListQuery>,
): Promise<{ records: R[]; next: string | null }> {
  const wanted = (record: R): boolean => state === undefined || record.state === state;
  return newestFirst({ list, madeAt: ({ created }) => created.at, wanted }, page);
}

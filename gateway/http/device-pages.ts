/** Pages of the devices that something was for, in the order of their ids: of one state, or of all. */
import { z } from 'zod';

import { deviceIdSchema } from '../../chaincode/protocol/identifiers.ts';
import { cursorField, limitField, pageOf } from './fields.ts';

const placeSchema = z.strictObject({ after: deviceIdSchema });

/** @param stateSchema what may have become of it with a device */
export function devicePageQuery<State extends z.ZodType>(stateSchema: State) {
  return z.strictObject({
    state: stateSchema.optional(),
    limit: limitField(100, 500),
    cursor: cursorField(placeSchema),
  });
}

interface Asked<State> {
  readonly state?: State | undefined;
  readonly limit: number;
  readonly cursor?: z.infer<typeof placeSchema> | undefined;
}

export async function devicePage<State, Item extends { readonly device: string }>(
  { state, limit, cursor }: Asked<State>,
  find: (wanted: {
    state: State | undefined;
    after: string | undefined;
    limit: number;
  }) => Promise<readonly Item[]>,
): Promise<{ page: Item[]; next: string | null }> {
  const found = await find({ state, after: cursor?.after, limit: limit + 1 });
  return pageOf(found, limit, ({ device }) => ({ after: device }));
}

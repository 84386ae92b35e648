import type { Twin } from '../chaincode/protocol/twin.ts';
import type { Database } from '../sql/connect.ts';
import { transactions } from '../sql/transaction.ts';
import { changeDesired, type DesireChange, twinOf, type TwinOwner } from '../sql/writers/twins.ts';

/** What the gateway asks the database about twins. Throws BiotError DATABASE_UNAVAILABLE when it does not answer. */
export interface TwinStore {
  one(owner: TwinOwner): Promise<Twin>;
  /** Throws what `next` throws, as well. */
  change(change: DesireChange): Promise<Twin>;
}

export function sqlTwinStore({ pool }: Pick<Database, 'pool'>): TwinStore {
  const transact = transactions(pool);
  return {
    one: (owner) => twinOf(pool, owner),
    change: (change) => transact((transaction) => changeDesired(transaction, change)),
  };
}

import type { Transact } from '../../sql/transaction.ts';

/** Transactions one after the other, so that none waits for another's locks. */
export function inTurn(transact: Transact): Transact {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = last.then(() => transact(work));
    last = result.catch(() => undefined);
    return result;
  };
}

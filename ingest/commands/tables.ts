import type { Transact } from '../../sql/transaction.ts';
import type { Queryable } from '../../sql/query.ts';
import {
  addDeliveries,
  insertCommandEvents,
  moveCommand,
  putCommands,
  putLedgerPosition,
} from '../../sql/writers/commands.ts';
import {
  hastenDeliveries,
  lockDeliveries,
  lockDue,
  lockOverdue,
  updateDeliveries,
} from '../../sql/writers/deliveries.ts';

type Bound<Call> = Call extends (database: Queryable, ...rest: infer Rest) => infer Result
  ? (...rest: Rest) => Result
  : never;

/** What can be done with commands within one transaction; the database does it, or a test's memory. */
export interface CommandTables {
  readonly putCommands: Bound<typeof putCommands>;
  readonly addDeliveries: Bound<typeof addDeliveries>;
  readonly moveCommand: Bound<typeof moveCommand>;
  readonly insertEvents: Bound<typeof insertCommandEvents>;
  readonly putPosition: Bound<typeof putLedgerPosition>;
  readonly lock: Bound<typeof lockDeliveries>;
  readonly lockDue: Bound<typeof lockDue>;
  readonly lockOverdue: Bound<typeof lockOverdue>;
  readonly update: Bound<typeof updateDeliveries>;
  readonly hasten: Bound<typeof hastenDeliveries>;
}

/** All or nothing. */
export type ChangeCommands = <Result>(work: (tables: CommandTables) => Promise<Result>) => Promise<Result>;

export function databaseCommands(transact: Transact): ChangeCommands {
  return (work) => transact((transaction) => work(tablesIn(transaction)));
}

function tablesIn(transaction: Queryable): CommandTables {
  return {
    putCommands: (...rest) => putCommands(transaction, ...rest),
    addDeliveries: (...rest) => addDeliveries(transaction, ...rest),
    moveCommand: (...rest) => moveCommand(transaction, ...rest),
    insertEvents: (...rest) => insertCommandEvents(transaction, ...rest),
    putPosition: (...rest) => putLedgerPosition(transaction, ...rest),
    lock: (...rest) => lockDeliveries(transaction, ...rest),
    lockDue: (...rest) => lockDue(transaction, ...rest),
    lockOverdue: (...rest) => lockOverdue(transaction, ...rest),
    update: (...rest) => updateDeliveries(transaction, ...rest),
    hasten: (...rest) => hastenDeliveries(transaction, ...rest),
  };
}

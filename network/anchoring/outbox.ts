import type { Header } from '../../chaincode/protocol/header.ts';
import { type Numbers, type PendingAnchor, pendingAnchors } from '../../sql/queries/outbox.ts';
import type { Queryable } from '../../sql/query.ts';
import { markCommitted, markSubmitted } from '../../sql/writers/outbox.ts';

/** Where headers were appended. `from` to `to` are numbers in their log, both inclusive. */
export interface AnchorPlace {
  readonly from: number;
  readonly to: number;
  readonly transaction: string;
  readonly block: number;
}

/** The same, or nulls when the channel's blocks do not tell. */
export type CommittedPlace =
  AnchorPlace | (Pick<AnchorPlace, 'from' | 'to'> & { transaction: null; block: null });

/** What the anchorer needs of the database, for one log: marks, which it makes and never trusts. */
export interface Outbox {
  /** The first headers among these that SQL does not have as committed, in order. */
  pending(numbers: Numbers, limit: number): Promise<PendingAnchor[]>;
  submitted(headers: readonly Header[], transaction: string): Promise<void>;
  committed(place: CommittedPlace): Promise<void>;
}

export function databaseOutbox(database: Queryable, logId: string, now: () => number): Outbox {
  return {
    pending: (numbers, limit) => pendingAnchors(database, logId, numbers, limit),
    submitted: async (headers, transaction) => {
      const [first, last] = [headers[0], headers.at(-1)];
      if (first === undefined || last === undefined) return;
      const range = { logId, from: first.sequence, to: last.sequence, now: now() };
      await markSubmitted(database, range, transaction);
    },
    committed: ({ from, to, transaction, block }) =>
      markCommitted(database, { logId, from, to, now: now() }, { transaction, block }),
  };
}

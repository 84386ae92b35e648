import type { Header } from '../../chaincode/protocol/header.ts';
import type { PendingAnchor } from '../../sql/queries/outbox.ts';
import { lastAnchoredBlock, pendingAnchors } from '../../sql/queries/outbox.ts';
import type { Queryable } from '../../sql/query.ts';
import { type Alert, insertAlerts } from '../../sql/writers/alerts.ts';
import { markCommitted, markSubmitted } from '../../sql/writers/outbox.ts';

/** Where headers stand on the ledger. `from` to `to` are numbers in their log, both inclusive. */
export interface AnchorPlace {
  readonly from: number;
  readonly to: number;
  readonly transaction: string;
  readonly block: number;
}

/** What the anchorer needs of the database, for one log. */
export interface Outbox {
  /** The first headers that are not committed, in order. */
  pending(limit: number): Promise<PendingAnchor[]>;
  lastBlock(): Promise<number | undefined>;
  submitted(headers: readonly Header[], transaction: string): Promise<void>;
  committed(place: AnchorPlace): Promise<void>;
  alert(alert: Alert): Promise<void>;
}

export function databaseOutbox(database: Queryable, logId: string, now: () => number): Outbox {
  return {
    pending: (limit) => pendingAnchors(database, logId, limit),
    lastBlock: () => lastAnchoredBlock(database, logId),
    submitted: async (headers, transaction) => {
      const [first, last] = [headers[0], headers.at(-1)];
      if (first === undefined || last === undefined) return;
      const range = { logId, from: first.sequence, to: last.sequence, now: now() };
      await markSubmitted(database, range, transaction);
    },
    committed: ({ from, to, transaction, block }) =>
      markCommitted(database, { logId, from, to, now: now() }, { transaction, block }),
    alert: (alert) => insertAlerts(database, [alert]),
  };
}

import type { Logger } from 'pino';

import type { Anchored } from '../../chaincode/protocol/receipt.ts';
import { storedHeaders } from '../../sql/queries/log-headers.ts';
import type { Queryable } from '../../sql/query.ts';
import type { Transact } from '../../sql/transaction.ts';
import { insertAlerts } from '../../sql/writers/alerts.ts';
import type { AnchorLedger } from '../ledger/anchors.ts';
import type { LedgerClient } from '../ledger/client.ts';
import type { Time } from '../time.ts';
import { Anchorer, type AnchorMetrics } from './anchorer.ts';
import { AuditTrail } from './audit-trail.ts';
import { type CheckpointKeeper, LogTail, type LogTailParts } from './log-tail.ts';
import { databaseOutbox } from './outbox.ts';
import { Troubles } from './troubles.ts';

export interface OwnLogParts {
  /** The name of the member that writes it. */
  readonly logId: string;
  readonly database: Queryable;
  readonly transact: Transact;
  readonly client: Pick<LedgerClient, 'blocks' | 'height' | 'transactionBlock'>;
  readonly anchors: Pick<AnchorLedger, 'append' | 'checkpoint' | 'list'>;
  /** Where the log's end on the ledger is kept, for a start while the ledger is away. */
  readonly keeper?: CheckpointKeeper;
  readonly intervalMs: number;
  /** Tells who watches. */
  readonly announce: (anchored: Anchored) => void;
  readonly metrics: AnchorMetrics;
  readonly log: Logger;
  readonly time: Time;
}

/** The log that a service writes: its end, the audit trail in it, and what brings both to the ledger. */
export class OwnLog {
  readonly tail: LogTail;
  readonly trail: AuditTrail;
  readonly troubles: Troubles;
  readonly #anchorer: Anchorer;
  readonly #anchoring = new AbortController();
  readonly #recording = new AbortController();
  #runs: Promise<unknown> = Promise.resolve();
  #records: Promise<void> = Promise.resolve();

  constructor(parts: OwnLogParts) {
    const { logId, database, anchors, time } = parts;
    const now = (): number => time.now();
    const stored: LogTailParts['stored'] = (numbers) => storedHeaders(database, logId, numbers);
    this.tail = new LogTail({
      logId,
      stored,
      checkpoint: () => anchors.checkpoint(logId),
      ...(parts.keeper && { keeper: parts.keeper }),
    });
    this.troubles = new Troubles({
      logId,
      alert: (alert) => insertAlerts(database, [alert]),
      log: parts.log.child({ module: 'troubles' }),
      now,
    });
    this.#anchorer = new Anchorer({
      ...parts,
      tail: this.tail,
      troubles: this.troubles,
      outbox: databaseOutbox(database, logId, now),
      log: parts.log.child({ module: 'anchorer' }),
    });
    this.trail = new AuditTrail({
      ...parts,
      stored,
      tail: this.tail,
      onCommitted: this.wake,
      log: parts.log.child({ module: 'trail' }),
    });
  }

  /** Tells that a batch was committed. */
  readonly wake = (): void => {
    this.#anchorer.wake();
  };

  start(): void {
    this.#runs = this.#anchorer.run(this.#anchoring.signal);
    this.#records = this.trail.run(this.#recording.signal);
  }

  /** Writes the entries that wait, and lets a transaction end that is on its way. The next start anchors the rest. */
  async stop(): Promise<void> {
    this.#recording.abort();
    await this.#records;
    this.#anchoring.abort();
    await this.#runs;
  }
}

import { BiotError } from '../../../chaincode/protocol/errors.ts';
import { type Header, headerHashHex, NO_PREVIOUS } from '../../../chaincode/protocol/header.ts';
import type { Numbers, PendingAnchor } from '../../../sql/queries/outbox.ts';
import type { Alert } from '../../../sql/writers/alerts.ts';
import type { CommittedPlace, Outbox } from '../outbox.ts';
import type { LogTail, LogTailParts } from '../log-tail.ts';

interface Row {
  anchor: PendingAnchor;
  place: { transaction: string | null; block: number | null } | undefined;
}

/** The outbox in memory, and the log that it is a copy of. */
export class FakeOutbox implements Outbox {
  readonly rows: Row[] = [];
  readonly alerts: Alert[] = [];
  failNext = false;
  tail: LogTail | undefined;

  readonly #logId: string;

  constructor(logId: string) {
    this.#logId = logId;
  }

  seal(count: number): void {
    for (let index = 0; index < count; index += 1) {
      const last = this.rows.at(-1)?.anchor.header;
      const header: Header = {
        logId: this.#logId,
        sequence: this.rows.length,
        size: 1,
        root: String(this.rows.length).padStart(64, '0'),
        previous: last ? headerHashHex(last) : NO_PREVIOUS,
        ranges: '0'.repeat(64),
      };
      this.rows.push({
        anchor: { header, state: 'sealed', transaction: null },
        place: undefined,
      });
      const at = { totalMessages: 0, totalReadings: 0, nextSequence: header.sequence + 1 };
      this.tail?.attempt(header, { ...at, previous: headerHashHex(header) });
      this.tail?.written(header);
    }
  }

  readonly stored: LogTailParts['stored'] = ({ from, to }) =>
    Promise.resolve(
      this.rows
        .map(({ anchor }) => ({ header: anchor.header, totalMessages: 0, totalReadings: 0 }))
        .filter(({ header }) => header.sequence >= from && header.sequence < to)
        .slice(0, to - from),
    );

  #touch(): Promise<void> {
    if (!this.failNext) return Promise.resolve();
    this.failNext = false;
    return Promise.reject(new BiotError('DATABASE_UNAVAILABLE', 'down'));
  }

  async pending({ from, to }: Numbers, limit: number): Promise<PendingAnchor[]> {
    await this.#touch();
    const open = this.rows.filter(
      ({ anchor: { header }, place }) =>
        place === undefined && header.sequence >= from && header.sequence < to,
    );
    return open.slice(0, limit).map(({ anchor }) => anchor);
  }

  async submitted(headers: readonly Header[], transaction: string): Promise<void> {
    await this.#touch();
    for (const { sequence } of headers) {
      const row = this.rows[sequence];
      if (row !== undefined) row.anchor = { ...row.anchor, state: 'submitted', transaction };
    }
  }

  async committed({ from, to, transaction, block: number }: CommittedPlace): Promise<void> {
    await this.#touch();
    for (const row of this.rows.slice(from, to + 1)) row.place ??= { transaction, block: number };
  }

  readonly alert = (alert: Alert): Promise<void> => {
    this.alerts.push(alert);
    return Promise.resolve();
  };
}

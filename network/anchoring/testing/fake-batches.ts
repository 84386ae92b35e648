import { decodeAuditEntry, NO_RANGES, type RawAuditEntry } from '../../../chaincode/protocol/audit-entry.ts';
import { BiotError } from '../../../chaincode/protocol/errors.ts';
import { toHex } from '../../../chaincode/protocol/hash.ts';
import type { Header } from '../../../chaincode/protocol/header.ts';
import { decodeWitness } from '../../../chaincode/protocol/witness.ts';
import type { Queryable } from '../../../sql/query.ts';
import type { Transact } from '../../../sql/transaction.ts';

/** What becomes of a transaction: `unheard` is committed though its writer is told otherwise. */
export type TransactionFate = 'committed' | 'lost' | 'unheard';

/** `batches` in memory, as far as writers of entries know it. */
export class FakeBatches {
  readonly headers: Header[] = [];
  readonly entries: RawAuditEntry[][] = [];
  /** Of the transactions to come; when they are used up, all go well. */
  fates: TransactionFate[] = [];

  readonly stored = ({ from, to }: { from: number; to: number }) =>
    Promise.resolve(
      this.headers.slice(from, to).map((header) => ({ header, totalMessages: 0, totalReadings: 0 })),
    );

  readonly transact: Transact = async (work) => {
    const fate = this.fates.shift() ?? 'committed';
    const inserted: unknown[][] = [];
    const transaction: Queryable = {
      query: (sql, values = []) => {
        if (sql.startsWith('INSERT INTO batches')) inserted.push([...values]);
        return Promise.resolve({ affectedRows: 1, insertId: BigInt(this.headers.length + 1) });
      },
    };
    const result = await work(transaction);
    if (fate !== 'lost') for (const row of inserted) this.#insert(row);
    if (fate !== 'committed') throw new BiotError('DATABASE_UNAVAILABLE', 'the connection is gone');
    return result;
  };

  #insert([logId, sequence, size, , , , root, previous, , , witness]: unknown[]): void {
    if (!(root instanceof Buffer && previous instanceof Buffer && witness instanceof Buffer))
      throw new RangeError('not a batch');
    const hashes = { root: toHex(root), previous: toHex(previous), ranges: NO_RANGES };
    this.headers.push({ logId: String(logId), sequence: Number(sequence), size: Number(size), ...hashes });
    this.entries.push(decodeWitness(witness).map(decodeAuditEntry));
  }
}

import { batchKind } from '../../chaincode/protocol/audit-entry.ts';
import type { Header } from '../../chaincode/protocol/header.ts';
import { differingColumns } from './describe.ts';
import type { Difference } from './difference.ts';
import { placeName, type StoredBatch } from './stored.ts';

interface Totals {
  next: number;
  messages: number;
  readings: number;
}

/**
 * Recounts what `total_messages` and `total_readings` run up to along each log. The recount begins at a log's first
 * batch; after a gap it takes the row's own word and goes on from there.
 */
export class RunningTotals {
  readonly #logs = new Map<string, Totals>();

  /** @param readings what the batch's messages hold. Batches of a log come in the order of their sequence. */
  check(batch: StoredBatch, header: Header, readings: number): Difference[] {
    const { logId, sequence } = header;
    const before = this.#logs.get(logId) ?? { next: 0, messages: 0, readings: 0 };
    if (sequence < before.next) return [];
    if (sequence > before.next) {
      this.#logs.set(logId, {
        next: sequence + 1,
        messages: batch.totalMessages,
        readings: batch.totalReadings,
      });
      return [];
    }
    const totals = {
      next: sequence + 1,
      messages: before.messages + (batchKind(header) === 'telemetry' ? header.size : 0),
      readings: before.readings + readings,
    };
    this.#logs.set(logId, totals);
    const wrong = differingColumns(
      [
        ['total_messages', batch.totalMessages, totals.messages],
        ['total_readings', batch.totalReadings, totals.readings],
      ],
      'anchored',
    );
    if (wrong.length === 0) return [];
    const what = `${placeName(header)}: ${wrong.join('; ')}`;
    return [{ kind: 'changed', table: 'batches', key: String(batch.id), what }];
  }
}

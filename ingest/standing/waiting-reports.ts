import type { Report } from '../../sql/writers/twins.ts';
import type { Delivery } from '../delivery.ts';

interface Entry {
  report: Report;
  bytes: number;
  /** Those that the broker waits for, oldest first. */
  deliveries: Delivery[];
}

/** A report on its way into the database, with what is settled by it; what comes meanwhile is not. */
export interface TakenReport {
  readonly report: Report;
  readonly deliveries: readonly Delivery[];
}

/** Beyond it, reports that the broker is owed nothing for are dropped; it is owed at most 4,096. */
const MOST_DEVICES = 8_192;
const MOST_BYTES = 8 * 1024 * 1024;

/** Reports that are not in the database yet. The newest of each device takes the place of those before. */
export class WaitingReports {
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  add(report: Report, delivery: Delivery): void {
    const bytes = delivery.payload.length;
    const before = this.#entries.get(report.device);
    if (!delivery.owed() && !this.#hasRoom(bytes, before)) return;
    const entry = before ?? { report, bytes: 0, deliveries: [] };
    this.#bytes += bytes - entry.bytes;
    entry.report = report;
    entry.bytes = bytes;
    if (delivery.owed()) entry.deliveries.push(delivery);
    this.#entries.set(report.device, entry);
  }

  /** Those that came first. They stay until they are settled. */
  take(limit: number): TakenReport[] {
    // A broker that was lost delivers again: what it delivered before is nobody's concern any more.
    for (const entry of this.#entries.values())
      entry.deliveries = entry.deliveries.filter((delivery) => delivery.owed());
    const first = [...this.#entries.values()].slice(0, limit);
    return first.map(({ report, deliveries }) => ({ report, deliveries: [...deliveries] }));
  }

  /** It is in the database, or refused for good. */
  settled({ report, deliveries }: TakenReport): void {
    for (const delivery of deliveries) delivery.acknowledge();
    const entry = this.#entries.get(report.device);
    if (entry === undefined) return;
    entry.deliveries.splice(0, deliveries.length);
    if (entry.report !== report) return;
    this.#entries.delete(report.device);
    this.#bytes -= entry.bytes;
  }

  #hasRoom(bytes: number, before: Entry | undefined): boolean {
    const grows = bytes - (before?.bytes ?? 0);
    const isNew = before === undefined;
    return this.#bytes + grows <= MOST_BYTES && !(isNew && this.#entries.size >= MOST_DEVICES);
  }
}

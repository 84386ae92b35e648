import type { Store } from '../store.ts';
import type { AnchoredReading, ReadingPosition, ReadingQuery } from '../../sql/queries/telemetry.ts';
import type { Format } from './formats.ts';

/** Rows that are in memory at a time. A page is one short query: no cursor holds a connection between two of them. */
export const PAGE_ROWS = 500;

export interface TelemetryExport {
  readonly store: Pick<Store, 'readings'>;
  /** In the order in which they are written. */
  readonly devices: readonly string[];
  readonly filter: Pick<ReadingQuery, 'tenants' | 'sensor' | 'from' | 'to'>;
  readonly format: Format;
  /** Told how many rows were written. */
  readonly onPage: (rows: number) => void;
  /** Asked before each page: an export may outlast a right. False leaves out what is left of the device. */
  readonly mayGoOn: (device: string) => boolean;
}

/**
 * Device after device, each newest first. Whoever takes the text sets the pace: the next page is asked for when the
 * last was taken.
 *
 * @throws BiotError DATABASE_UNAVAILABLE, or what `mayGoOn` throws
 */
export async function* exportTelemetry(order: TelemetryExport): AsyncGenerator<Buffer, void, undefined> {
  const { format } = order;
  // Not by itself: until the first page is there, a failure can still be answered as one.
  let { head } = format;
  for (const device of order.devices) {
    for await (const page of pagesOf(order, device)) {
      yield Buffer.from(head + page.map(format.line).join(''));
      head = '';
      order.onPage(page.length);
    }
  }
  if (head !== '') yield Buffer.from(head);
}

async function* pagesOf(
  { store, filter, mayGoOn }: TelemetryExport,
  device: string,
): AsyncGenerator<AnchoredReading[], void, undefined> {
  let before: ReadingPosition | undefined;
  do {
    if (!mayGoOn(device)) return;
    const page = await store.readings({ ...filter, device, before, limit: PAGE_ROWS });
    const last = page.at(-1);
    if (last !== undefined) yield page;
    before = page.length === PAGE_ROWS ? last : undefined;
  } while (before !== undefined);
}

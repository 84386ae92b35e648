/** How readings are written into files for other programs. */
import { isSensor, SENSORS } from '../../chaincode/protocol/sensors.ts';
import type { AnchoredReading } from '../../sql/queries/telemetry.ts';

export interface Format {
  readonly mediaType: string;
  /** What comes before the first reading. */
  readonly head: string;
  /** One reading, with the end of its line. */
  readonly line: (reading: AnchoredReading) => string;
}

const COLUMNS = [
  ...['id', 'device', 'tenant', 'sensor', 'unit', 'timestamp', 'value', 'seq', 'epoch'],
  ...['log', 'sequence'],
] as const;

const FORMULA = /^[=+\-@\t\r]/;
const SPECIAL = /[",\r\n]/;

/**
 * A text for a cell (RFC 4180). Spreadsheets take a text that begins so for a formula and run it, also inside quotes:
 * whoever could write into the database would run it on the reader's machine. An apostrophe before it makes it text.
 */
export function textCell(text: string): string {
  const harmless = FORMULA.test(text) ? `'${text}` : text;
  return harmless !== text || SPECIAL.test(text) ? `"${harmless.replaceAll('"', '""')}"` : text;
}

function unitOf(sensor: string): string {
  return isSensor(sensor) ? SENSORS[sensor].unit : '';
}

function csvLine({ id, device, tenant, sensor, value, ts, seq, epoch, anchor }: AnchoredReading): string {
  const what = `${textCell(device)},${textCell(tenant)},${textCell(sensor)},${unitOf(sensor)}`;
  const place = anchor === null ? ',' : `${textCell(anchor.logId)},${anchor.sequence}`;
  return `${id},${what},${new Date(ts).toISOString()},${value},${seq},${epoch},${place}\r\n`;
}

/** Ids are 63-bit: text, for a JSON number holds less. */
function ndjsonLine({ id, device, tenant, sensor, value, ts, seq, epoch, anchor }: AnchoredReading): string {
  const { logId: log, sequence } = anchor ?? { logId: null, sequence: null };
  const timestamp = new Date(ts).toISOString();
  const unit = unitOf(sensor);
  const row = { id: String(id), device, tenant, sensor, unit, timestamp, value, seq, epoch, log, sequence };
  return `${JSON.stringify(row)}\n`;
}

export const FORMATS = {
  csv: {
    mediaType: 'text/csv; charset=utf-8; header=present',
    head: `${COLUMNS.join(',')}\r\n`,
    line: csvLine,
  },
  ndjson: { mediaType: 'application/x-ndjson', head: '', line: ndjsonLine },
} as const satisfies Readonly<Record<string, Format>>;

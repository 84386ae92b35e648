/** Compares the entries of the audit trail in one batch, row by row, with those that were anchored. Pure. */
import { equalBytes } from '../../chaincode/protocol/bytes.ts';
import { decodeAuditEntry, type RawAuditEntry } from '../../chaincode/protocol/audit-entry.ts';
import { type ComparedColumn, differingColumns, instant } from './describe.ts';
import type { Difference } from './difference.ts';
import { encodeEntry } from './recompute.ts';
import type { Word } from './reference.ts';
import { entryId, type StoredEntry } from './stored.ts';

/** The entries, or undefined when some piece is none. */
export function decodeEntries(pieces: readonly Uint8Array[]): RawAuditEntry[] | undefined {
  try {
    return pieces.map(decodeAuditEntry);
  } catch {
    return undefined;
  }
}

/** `admin@operator suspendDevice press-07 (done) at 2026-11-23T10:00:00.000Z`. */
function describeEntry({ actor, action, outcome, device, at }: RawAuditEntry): string {
  return `${actor} ${action} ${device === null ? '' : `${device} `}(${outcome}) at ${instant(at)}`;
}

/**
 * One difference for each row that is wrong, and each entry that no row holds.
 *
 * @param expected the canonical bytes and the entries as they were anchored, by leaf
 */
export function compareEntries(
  batch: number,
  expected: { pieces: readonly Uint8Array[]; entries: readonly RawAuditEntry[] },
  { rows, word }: { rows: readonly StoredEntry[]; word: Word },
): Difference[] {
  const seen = new Set(rows.map(({ leaf }) => leaf));
  const missing = expected.entries.flatMap((entry, leaf) =>
    seen.has(leaf) ? [] : [missingEntry({ batch, leaf }, entry, word)],
  );
  return [...rows.flatMap((row) => compareEntry(row, expected, word)), ...missing];
}

function compareEntry(
  row: StoredEntry,
  { pieces, entries }: { pieces: readonly Uint8Array[]; entries: readonly RawAuditEntry[] },
  word: Word,
): Difference[] {
  const own = encodeEntry(row);
  const [piece, original] = [pieces[row.leaf], entries[row.leaf]];
  if (piece === undefined || original === undefined) return [addedEntry(row, word)];
  if (own !== undefined && equalBytes(own, piece)) return [];
  const home = own === undefined ? -1 : pieces.findIndex((other) => equalBytes(other, own));
  const key = entryId(row);
  if (home >= 0) {
    const what = `${describeEntry(row)} stands at leaf ${row.leaf}, ${word} was it at leaf ${home}`;
    return [{ kind: 'reordered', table: 'audit_logs', key, what }];
  }
  const what = `${describeEntry(original)}: ${changedColumns(row, original, word)}`;
  return [{ kind: 'changed', table: 'audit_logs', key, what }];
}

/** A row that no batch of entries has a place for. */
export function addedEntry(row: StoredEntry, word: Word): Difference {
  const what = `${describeEntry(row)}: nothing ${word} accounts for this row`;
  return { kind: 'added', table: 'audit_logs', key: entryId(row), what };
}

function missingEntry(place: { batch: number; leaf: number }, entry: RawAuditEntry, word: Word): Difference {
  const what = `${describeEntry(entry)}: ${word}, and no row holds it`;
  return { kind: 'missing', table: 'audit_logs', key: entryId(place), what };
}

function changedColumns(row: RawAuditEntry, original: RawAuditEntry, word: Word): string {
  const text = (value: string | null): string => value ?? 'null';
  const columns: ComparedColumn[] = [
    ['created_at', instant(row.at), instant(original.at)],
    ['actor', row.actor, original.actor],
    ['org', text(row.org), text(original.org)],
    ['action', row.action, original.action],
    ['outcome', row.outcome, original.outcome],
    ['tenant', text(row.tenant), text(original.tenant)],
    ['device_id', text(row.device), text(original.device)],
    ['subject', text(row.subject), text(original.subject)],
    ['details', row.details, original.details],
    ['address', text(row.address), text(original.address)],
    ['blockchain_hash', text(row.transaction), text(original.transaction)],
  ];
  return differingColumns(columns, word).join('; ');
}

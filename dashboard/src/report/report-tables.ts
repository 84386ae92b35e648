import { actionWords } from '../audit/entry-words.ts';
import type { ComplianceReport, ReportedLog } from '../api/types.ts';
import { formatCount } from '../format/number.ts';
import { formatDuration, formatInstant } from '../time/format-time.ts';
import { fateOf, outcomesOf, type ReportedRollout } from './report-words.ts';

/** A column of a table: what it says of a row. Hashes are shortened, and can be copied. */
export interface Column<Row> {
  readonly name: string;
  readonly of: (row: Row) => string;
  readonly kind?: 'number' | 'hash';
}

type Deed = ComplianceReport['deeds'][number];
type Entry = ComplianceReport['devices']['newest'][number];

function number<Row>(name: string, of: (row: Row) => number): Column<Row> {
  return { name, of: (row) => formatCount(of(row)), kind: 'number' };
}

const WHO: Column<Deed> = {
  name: 'Who',
  of: ({ actor, org }) => (org === null ? `${actor} (not proven)` : actor),
};
const OUTCOMES: readonly Column<Deed>[] = [
  number('Done', ({ done }) => done),
  number('Refused', ({ refused }) => refused),
  number('Failed', ({ failed }) => failed),
  { name: 'Last', of: ({ last }) => formatInstant(last) },
];

/** Who did one thing, and how often. */
export const DOERS: readonly Column<Deed>[] = [WHO, ...OUTCOMES];
export const DEEDS: readonly Column<Deed>[] = [
  WHO,
  { name: 'What', of: ({ action }) => actionWords(action) },
  ...OUTCOMES,
];

export const REFUSALS: readonly Column<ComplianceReport['refusals'][number]>[] = [
  { name: 'Code', of: ({ code }) => code ?? 'none' },
  number('Times', (row) => row.number),
  { name: 'Last', of: ({ last }) => formatInstant(last) },
];

export const ENTRIES: readonly Column<Entry>[] = [
  { name: 'When', of: ({ at }) => formatInstant(at) },
  { name: 'Who', of: ({ actor }) => actor },
  { name: 'What', of: ({ action, device, subject }) => `${actionWords(action)} ${device ?? subject ?? ''}` },
  { name: 'Why', of: ({ reason }) => reason ?? '' },
  { name: 'Transaction', of: ({ transaction }) => transaction ?? '', kind: 'hash' },
];

export const LEDGER_CHANGES: readonly Column<ComplianceReport['ledger']['untold'][number]>[] = [
  { name: 'When', of: ({ at }) => formatInstant(at) },
  { name: 'Who', of: ({ by }) => by },
  {
    name: 'Device',
    of: ({ device, devices }) => (devices > 1 ? `${device} and ${formatCount(devices - 1)} more` : device),
  },
  { name: 'Status', of: ({ status }) => status },
  { name: 'Transaction', of: ({ transaction }) => transaction, kind: 'hash' },
];

export const COMMANDS: readonly Column<ComplianceReport['commands'][number]>[] = [
  { name: 'State', of: ({ state }) => state },
  number('Number', (row) => row.number),
];

export const ROLLOUTS: readonly Column<ReportedRollout>[] = [
  { name: 'Created', of: ({ createdAt }) => formatInstant(createdAt) },
  { name: 'By', of: ({ createdBy }) => createdBy ?? '' },
  { name: 'Release', of: ({ type, version }) => `${type} ${version ?? ''}` },
  { name: 'What became of it', of: fateOf },
  number('Devices', ({ devices }) => devices),
  { name: 'Of these', of: outcomesOf },
];

export const UPDATES: readonly Column<ComplianceReport['rollouts']['devices'][number]>[] = [
  { name: 'State', of: ({ state }) => state },
  number('Number', (row) => row.number),
];

export const CHANNELS: readonly Column<ComplianceReport['notifications']['channels'][number]>[] = [
  { name: 'Channel', of: ({ name }) => name },
  { name: 'Kind', of: ({ kind }) => kind },
  { name: 'Tenant', of: ({ tenant }) => tenant ?? 'all' },
  number('Delivered', ({ delivered }) => delivered),
  number('Attempts that failed', ({ failed }) => failed),
  number('Dead letters', ({ dead }) => dead),
];

const waited = (ms: number | null): string => (ms === null ? '–' : formatDuration(ms));

export const ALERTS: readonly Column<ComplianceReport['alerts'][number]>[] = [
  { name: 'Severity', of: ({ severity }) => severity },
  number('Raised', (row) => row.number),
  number('Acknowledged', ({ acknowledged }) => acknowledged),
  { name: 'after (mean)', of: ({ meanMs }) => waited(meanMs), kind: 'number' },
  { name: 'after (longest)', of: ({ longestMs }) => waited(longestMs), kind: 'number' },
  number('Cleared', ({ cleared }) => cleared),
];

export const LOGS: readonly Column<ReportedLog>[] = [
  { name: 'Log', of: ({ logId }) => logId },
  number('Batches', ({ batches }) => batches),
  number('Messages', ({ messages }) => messages),
  number('Entries', ({ entries }) => entries),
  number('Waiting', ({ sealed, submitted }) => sealed + submitted),
  number('On the ledger', ({ committed }) => committed),
  number('Compared', ({ compared }) => compared),
  { name: 'Root of the checkpoint', of: ({ checkpoint }) => checkpoint?.root ?? '', kind: 'hash' },
];

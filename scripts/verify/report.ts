import { peerCommand } from './peer-ledger.ts';
import type { Scope } from './scope.ts';
import type { Outcome } from './verification-input.ts';

const SHOWN = 100;

/** What was checked, in a person's words. */
function subject(scope: Scope): string {
  if (scope.kind === 'all') return 'everything';
  return scope.kind === 'device' ? `device ${scope.device}` : `${scope.kind} ${scope.id}`;
}

function count(number: number, what: string): string {
  return `${number.toLocaleString('en')} ${what}${number === 1 ? '' : what.endsWith('ch') ? 'es' : 's'}`;
}

/** The report for people: what was checked against what, how to ask the same again, and each difference. */
export function humanReport(outcome: Outcome, { scope, seconds }: { scope: Scope; seconds: number }): string {
  const { messages, readings, entries, batches, pending, expired, expiredByType, checkpoints } = outcome;
  const lines = [
    `Checked ${subject(scope)} against the auditor's own peer in ${seconds.toFixed(1)} s:`,
    `  ${count(messages, 'message')} (${count(readings, 'reading')}) in ${count(batches, 'batch')}, ${count(checkpoints.length, 'log')}`,
    ...(entries > 0 ? [`  and ${entriesOf(entries)} among them`] : []),
    ...(pending > 0
      ? [`  ${count(pending, 'more batch')} ${pending === 1 ? 'waits' : 'wait'} to be anchored`]
      : []),
    ...(expired > 0 ? [`  ${count(expired, 'reading')} more were dropped by retention, by SQL's word`] : []),
    ...(expiredByType > 0
      ? [
          `  ${count(expiredByType, 'reading')} of them expired by their types, as the ledger has these; the witness copies hold them`,
        ]
      : []),
    '',
    ...checkpoints.flatMap(({ logId, size, root }) => [
      `Log ${logId}: size ${size}, root ${root}`,
      `  ${peerCommand('Checkpoint', logId)}`,
    ]),
    '',
    ...verdict(outcome),
  ];
  return `${lines.join('\n')}\n`;
}

/** `1 entry of the audit trail`. */
function entriesOf(number: number): string {
  return `${number.toLocaleString('en')} ${number === 1 ? 'entry' : 'entries'} of the audit trail`;
}

function verdict({ differences, total, messages, entries }: Outcome): string[] {
  if (total === 0 && messages + entries === 0)
    return ['Nothing of it is anchored: there was nothing to compare.'];
  if (total === 0) return ['All holds.'];
  const shown = differences.slice(0, SHOWN);
  return [
    `${count(total, 'difference')}${total > shown.length ? `, of which the first ${shown.length}` : ''}:`,
    ...shown.map(({ kind, table, key, what }) => `  ${kind}  ${table} ${key}\n      ${what}`),
  ];
}

/** The report for programs: one object. */
export function jsonReport(outcome: Outcome, { scope, seconds }: { scope: Scope; seconds: number }): object {
  const {
    messages,
    readings,
    entries,
    batches,
    pending,
    expired,
    expiredByType,
    differences,
    total,
    checkpoints,
  } = outcome;
  const query = checkpoints.map(({ logId }) => peerCommand('Checkpoint', logId));
  return {
    ok: total === 0,
    scope: subject(scope),
    messages,
    readings,
    entries,
    batches,
    logs: checkpoints.length,
    pending,
    expired,
    expiredByType,
    differences,
    total,
    checkpoints,
    query,
    seconds: Number(seconds.toFixed(3)),
  };
}

import { type Html, html } from '../docs/html.ts';
import type { ReportedDeed, ReportedEntries, ReportedEntry } from './report-entries-schema.ts';
import type { ComplianceReport, ReportedLedgerChange } from './report-schema.ts';
import { actionWords, code, type Column, count, duration, instant, shown, table } from './report-words.ts';

const ACTOR: Column<ReportedDeed> = {
  name: 'Who',
  of: ({ actor, org }) => [...shown(actor), html`${org === null ? ' (not proven)' : ''}`],
};
const NUMBERS: readonly Column<ReportedDeed>[] = [
  { name: 'Done', kind: 'n', of: ({ done }) => count(done) },
  { name: 'Refused', kind: 'n', of: ({ refused }) => count(refused) },
  { name: 'Failed', kind: 'n', of: ({ failed }) => count(failed) },
  { name: 'Last', kind: 't', of: ({ last }) => instant(last) },
];

const DOERS: readonly Column<ReportedDeed>[] = [ACTOR, ...NUMBERS];
export const DEEDS: readonly Column<ReportedDeed>[] = [
  ACTOR,
  { name: 'What', of: ({ action }) => shown(actionWords(action)) },
  ...NUMBERS,
];

export function deedSections(report: ComplianceReport): Html {
  const { deeds, deedsCut, refusals, signIns, signInsCut } = report;
  return html`<h2>Who did what</h2>
    ${table(deeds, DEEDS, 'Nobody did anything.')} ${cut(deedsCut)}
    <h2>Refusals</h2>
    ${table(
      refusals,
      [
        { name: 'Code', of: (row) => shown(row.code ?? 'none') },
        { name: 'Times', kind: 'n', of: ({ number }) => count(number) },
        { name: 'Last', kind: 't', of: ({ last }) => instant(last) },
      ],
      'Nothing was refused.',
    )}
    <h2>Sign-ins</h2>
    <p>Who did not sign in is not proven to be whom the name says.</p>
    ${table(signIns, DOERS, 'Nobody signed in.')} ${cut(signInsCut)}`;
}

export function cut(more: boolean): Html {
  return more ? html`<p>There are more; the most frequent are listed.</p>` : html``;
}

export const ENTRY: readonly Column<ReportedEntry>[] = [
  { name: 'When', kind: 't', of: ({ at }) => instant(at) },
  { name: 'Who', of: ({ actor }) => shown(actor) },
  {
    name: 'What',
    of: ({ action, device, subject }) => shown(`${actionWords(action)} ${device ?? subject ?? ''}`),
  },
  { name: 'Why', of: ({ reason }) => shown(reason ?? '') },
  { name: 'Transaction', of: ({ transaction }) => (transaction === null ? '–' : code(transaction)) },
  { name: 'Entry', kind: 't', of: ({ id }) => shown(id) },
];

export function entrySection(title: string, about: string, entries: ReportedEntries): Html {
  return html`<h2>${title}</h2>
    <p>${about} ${entriesNote(entries)}</p>
    ${table(entries.newest, ENTRY, 'There was nothing of that.')}`;
}

export function entriesNote({ total, newest }: ReportedEntries): string {
  if (total === 0) return '';
  return total > newest.length ? `${count(total)} entries, the newest of each kind below.` : '';
}

export function deviceSections({ devices, deviceActions, ledger }: ComplianceReport): Html {
  return html`<h2>Devices</h2>
    <dl>
      <dt>Registered in the period, by the ledger</dt>
      <dd>${count(ledger.registered)}</dd>
      <dt>Suspended since</dt>
      <dd>${count(ledger.suspended)}</dd>
      <dt>Revoked since</dt>
      <dd>${count(ledger.revoked)}</dd>
      ${deviceActions.map(
        ({ action, number }) =>
          html`<dt>${actionWords(action)}</dt>
            <dd>${count(number)}</dd>`,
      )}
    </dl>
    <p>${entriesNote(devices)}</p>
    ${table(devices.newest, ENTRY, 'No entry changed a device.')}
    <h3>Changes that only the ledger has</h3>
    <p>
      Made past every gateway, with a member’s own signature. Of each device its last change is looked at.
      ${untoldNote(ledger)}
    </p>
    ${table(ledger.untold, LEDGER_CHANGE, nothingUntold(ledger))}`;
}

function untoldNote({ lookedFor, lookedForCut, untold, untoldTotal }: ComplianceReport['ledger']): string {
  const notes = [
    lookedForCut ? `Only the newest ${count(lookedFor)} transactions were looked for in the trail.` : '',
    untoldTotal > untold.length ? `There are ${count(untoldTotal)}; the newest are listed.` : '',
  ];
  return notes.filter((note) => note !== '').join(' ');
}

function nothingUntold({ lookedForCut }: ComplianceReport['ledger']): string {
  return `The trail names every transaction${lookedForCut ? ' that was looked for' : ''}.`;
}

const LEDGER_CHANGE: readonly Column<ReportedLedgerChange>[] = [
  { name: 'When', kind: 't', of: ({ at }) => instant(at) },
  { name: 'Who', of: ({ by }) => shown(by) },
  {
    name: 'Device',
    of: ({ device, devices }) => shown(devices > 1 ? `${device} and ${count(devices - 1)} more` : device),
  },
  { name: 'Status', of: ({ status }) => status },
  { name: 'Why', of: ({ reason }) => shown(reason) },
  { name: 'Transaction', of: ({ transaction }) => code(transaction) },
];

export function commandSection({ commands }: ComplianceReport): Html {
  return html`<h2>Commands</h2>
    <p>Those that were issued in the period, one for each device, by their state now.</p>
    ${table(
      commands,
      [
        { name: 'State', of: ({ state }) => state },
        { name: 'Number', kind: 'n', of: ({ number }) => count(number) },
      ],
      'No command was issued.',
    )}`;
}

export function alertSection({ alerts }: ComplianceReport): Html {
  return html`<h2>Alerts</h2>
    ${table(
      alerts,
      [
        { name: 'Severity', of: ({ severity }) => severity },
        { name: 'Raised', kind: 'n', of: ({ number }) => count(number) },
        { name: 'Acknowledged', kind: 'n', of: ({ acknowledged }) => count(acknowledged) },
        { name: 'after (mean)', kind: 'n', of: ({ meanMs }) => duration(meanMs) },
        { name: 'after (longest)', kind: 'n', of: ({ longestMs }) => duration(longestMs) },
        { name: 'Cleared', kind: 'n', of: ({ cleared }) => count(cleared) },
      ],
      'No alert was raised.',
    )}`;
}

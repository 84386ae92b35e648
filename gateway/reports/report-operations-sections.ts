import { type Html, html } from '../docs/html.ts';
import type { ReportedChannel, ReportedRollout } from './report-operations-schema.ts';
import type { ComplianceReport } from './report-schema.ts';
import { cut, DEEDS, entriesNote, ENTRY } from './report-sections.ts';
import { type Column, count, instant, shown, table } from './report-words.ts';

const ROLLOUT: readonly Column<ReportedRollout>[] = [
  { name: 'Created', kind: 't', of: ({ createdAt }) => instant(createdAt) },
  { name: 'By', of: ({ createdBy }) => shown(createdBy ?? '') },
  { name: 'Release', of: ({ type, version }) => shown(`${type} ${version ?? ''}`) },
  { name: 'What became of it', of: (rollout) => shown(fateOf(rollout)) },
  { name: 'Devices', kind: 'n', of: ({ devices }) => count(devices) },
  { name: 'Of these', of: outcomesOf },
];

/** `cancelled 2026-11-23 10:15:00, last changed by admin@operator: a mistake` */
function fateOf({ state, finishedAt, changedBy, reason }: ReportedRollout): string {
  const when = finishedAt === null ? '' : ` ${instant(finishedAt)}`;
  const who = changedBy === null ? '' : `, last changed by ${changedBy}`;
  return `${state}${when}${who}${reason === null ? '' : `: ${reason}`}`;
}

function outcomesOf({ succeeded, failed, rolledBack, untold }: ReportedRollout): string {
  const numbers = { succeeded, failed, 'rolled back': rolledBack, 'not told': untold };
  const some = Object.entries(numbers).filter(([, number]) => number > 0);
  return some.map(([name, number]) => `${count(number)} ${name}`).join(', ');
}

export function rolloutSections({ rollouts }: ComplianceReport): Html {
  const { created, started, finished, stopped, cancelled, devices, listed, listedCut, entries } = rollouts;
  const numbers = { Created: created, Started: started, Finished: finished };
  return html`<h2>Rollouts</h2>
    <dl>
      ${Object.entries({ ...numbers, 'Stopped by themselves': stopped, Cancelled: cancelled }).map(
        ([name, number]) =>
          html`<dt>${name}</dt>
            <dd>${count(number)}</dd>`,
      )}
    </dl>
    ${table(listed, ROLLOUT, 'No rollout was created, began or ended.')}
    ${listedCut ? html`<p>There are more; the newest are listed.</p>` : ''}
    <h3>Devices of the rollouts that started in the period, by their state now</h3>
    ${table(
      devices,
      [
        { name: 'State', of: ({ state }) => state },
        { name: 'Number', kind: 'n', of: ({ number }) => count(number) },
      ],
      'There are none.',
    )}
    <h3>Who did what to rollouts, and what they did by themselves</h3>
    <p>${entriesNote(entries)}</p>
    ${table(entries.newest, ENTRY, 'There was nothing of that.')}`;
}

const CHANNEL: readonly Column<ReportedChannel>[] = [
  { name: 'Channel', of: ({ name }) => shown(name) },
  { name: 'Kind', of: ({ kind }) => shown(kind) },
  { name: 'Tenant', of: ({ tenant }) => shown(tenant ?? 'all') },
  { name: 'Delivered', kind: 'n', of: ({ delivered }) => count(delivered) },
  { name: 'Attempts that failed', kind: 'n', of: ({ failed }) => count(failed) },
  { name: 'Dead letters', kind: 'n', of: ({ dead }) => count(dead) },
];

export function notificationSection({ notifications }: ComplianceReport): Html {
  return html`<h2>Notifications</h2>
    <p>
      Messages by channel, also of channels that are no more, counted by the hour: of the hours that began in
      the period.
    </p>
    ${table(notifications.channels, CHANNEL, 'Nothing was sent.')} ${cut(notifications.cut)}`;
}

export function twinSections({ twins }: ComplianceReport): Html {
  return html`<h2>Twins</h2>
    <p>Who changed what is wanted of devices.</p>
    ${table(twins.by, DEEDS, 'Nobody changed what is wanted of a device.')} ${cut(twins.byCut)}
    ${
      twins.entries.total === 0
        ? undefined
        : html`<p>${entriesNote(twins.entries)}</p>
            ${table(twins.entries.newest, ENTRY, '')}`
    }`;
}

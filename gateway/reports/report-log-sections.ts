import { type Html, html } from '../docs/html.ts';
import { MOST_COMPARED } from './log-review.ts';
import type { ComplianceReport, ReportedLog } from './report-schema.ts';
import { code, type Column, count, instant, table } from './report-words.ts';

const LOG: readonly Column<ReportedLog>[] = [
  { name: 'Log', of: ({ logId }) => logId },
  { name: 'Batches', kind: 'n', of: ({ batches }) => count(batches) },
  {
    name: 'Numbers',
    kind: 't',
    of: ({ first, last }) => (first === null || last === null ? '–' : `${first}–${last}`),
  },
  { name: 'Messages', kind: 'n', of: ({ messages }) => count(messages) },
  { name: 'Entries', kind: 'n', of: ({ entries }) => count(entries) },
  { name: 'Waiting', kind: 'n', of: ({ sealed, submitted }) => count(sealed + submitted) },
  { name: 'On the ledger', kind: 'n', of: ({ committed }) => count(committed) },
  { name: 'Compared', kind: 'n', of: ({ compared }) => count(compared) },
];

export function logSections({ logs }: ComplianceReport): Html {
  return html`<h2>Anchors</h2>
    <p>
      Batches of all tenants that were sealed in the period. Of each log the newest headers,
      ${count(MOST_COMPARED)} at most, were compared with the ledger’s, one by one. What stands in the rows of
      a batch, <code>npm run verify</code> compares.
    </p>
    ${table(logs, LOG, 'There is no log.')} ${logs.map(evidenceOf)}`;
}

function evidenceOf({ logId, checkpoint, block, transaction, oldestWaiting }: ReportedLog): Html {
  if (checkpoint === null)
    return html`<h3>${logId}</h3>
      <p>The ledger gave no checkpoint of it.</p>`;
  return html`<h3>Checkpoint of ${logId}</h3>
    <dl>
      <dt>Size</dt>
      <dd>${count(checkpoint.size)}</dd>
      <dt>Root</dt>
      <dd>${code(checkpoint.root)}</dd>
      <dt>Last header</dt>
      <dd>${code(checkpoint.head)}</dd>
      <dt>Block</dt>
      <dd>${block === null ? 'not known yet' : count(block)}</dd>
      <dt>Transaction</dt>
      <dd>${transaction === null ? 'not known yet' : code(transaction)}</dd>
      ${
        oldestWaiting === null
          ? undefined
          : html`<dt>Oldest that waits</dt>
              <dd>#${oldestWaiting.sequence}, since ${instant(oldestWaiting.since)}</dd>`
      }
    </dl>`;
}

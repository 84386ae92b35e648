import { hash } from 'node:crypto';

import { Html, html } from '../docs/html.ts';
import {
  alertSection,
  commandSection,
  deedSections,
  deviceSections,
  entrySection,
} from './report-sections.ts';
import { notificationSection, rolloutSections, twinSections } from './report-operations-sections.ts';
import { logSections } from './report-log-sections.ts';
import type { HashedReport } from './report-schema.ts';
import { STYLE } from './report-style.ts';
import { code, comparedWords, instant, shown } from './report-words.ts';

/** Nothing is loaded and nothing is run, whatever a name in it says: only this style sheet is there. */
const POLICY = `default-src 'none'; style-src 'sha256-${hash('sha256', STYLE, 'base64')}'`;

/** The report as one file that needs nothing else. Names in it may come from attackers: every text is escaped. */
export function reportPage({ report, sha256 }: HashedReport): string {
  const { from, to, madeAt, madeBy, tenants, policies, firmware, signedElsewhere, checks } = report;
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${POLICY}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Compliance report, ${day(from)} to ${day(to)}</title>
        ${new Html(`<style>${STYLE}</style>`)}
      </head>
      <body>
        <main>
          <h1>Compliance report</h1>
          <p>${instant(from)} up to ${instant(to)}, times in UTC</p>
          <div class="frame">
            <dl>
              <dt>Made</dt>
              <dd>${instant(madeAt)} by ${shown(madeBy)}</dd>
              <dt>About</dt>
              <dd>${tenants === '*' ? 'all tenants' : `the tenants ${tenants.join(', ')}`}</dd>
              <dt>SHA-256 of its content</dt>
              <dd>${code(sha256)}</dd>
            </dl>
            <p>
              The content is the same report as JSON. Its hash and that of this file are in the audit trail’s
              entry of this report, and so on the ledger.
            </p>
          </div>
          ${verdict(report)} ${deedSections(report)} ${deviceSections(report)}
          ${entrySection('Policies', 'Changes of the rules, and who approved or rejected them.', policies)}
          ${entrySection('Firmware', 'Releases and the keys that they are signed with.', firmware)}
          ${entrySection('Signed elsewhere', 'Transactions of members who keep their keys to themselves.', signedElsewhere)}
          ${commandSection(report)} ${rolloutSections(report)} ${twinSections(report)} ${alertSection(report)}
          ${notificationSection(report)} ${logSections(report)}
          <h2>How to check it</h2>
          <p>
            Nothing here has to be believed: each of these asks the ledger, past the gateway that made this
            report.
          </p>
          <dl>
            ${checks.map(
              ({ what, command }) =>
                html`<dt>${what}</dt>
                  <dd>${code(command)}</dd>`,
            )}
          </dl>
        </main>
      </body>
    </html>`;
  return `${page.text}\n`;
}

function verdict({ gaps, logs }: HashedReport['report']): Html {
  if (gaps.length === 0) return html`<div class="verdict">No gaps. ${comparedWords(logs)}</div>`;
  return html`<div class="verdict open">
    ${gaps.length === 1 ? 'One gap' : `${gaps.length} gaps`}
    <ul>
      ${gaps.map(({ log, what }) => html`<li>${log === null ? '' : `${log}: `}${shown(what)}</li>`)}
    </ul>
  </div>`;
}

function day(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

import { type Html, html } from '../docs/html.ts';
import type { ReportedLog } from './report-schema.ts';

/** Characters that are not seen, or turn the direction of others: a name must not be read as another. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** A text as somebody wrote it, with what would not be seen of it. */
export function shown(text: string): Html[] {
  const pieces = text.split(UNSEEN);
  const unseen = text.match(UNSEEN) ?? [];
  return pieces.flatMap((piece, place) => {
    const sign = unseen[place]?.codePointAt(0);
    return sign === undefined ? [html`${piece}`] : [html`${piece}`, html`<i>${pointOf(sign)}</i>`];
  });
}

function pointOf(sign: number): string {
  return `U+${sign.toString(16).toUpperCase().padStart(4, '0')}`;
}

export function code(text: string): Html {
  return html`<code>${text}</code>`;
}

/** `2026-11-23 10:15:00`, in UTC. */
export function instant(at: number): string {
  return new Date(at).toISOString().slice(0, 19).replace('T', ' ');
}

export function count(number: number): string {
  return number.toLocaleString('en');
}

/** What was looked at, where nothing is wrong with it. */
export function comparedWords(logs: readonly Pick<ReportedLog, 'batches' | 'compared'>[]): string {
  const batches = logs.reduce((sum, log) => sum + log.batches, 0);
  const compared = logs.reduce((sum, log) => sum + log.compared, 0);
  const rest = batches > compared ? ` Not on the ledger yet: ${count(batches - compared)}.` : '';
  return (
    `Batches of the period: ${count(batches)}, none is missing. ` +
    `Headers compared with the ledger’s: ${count(compared)}, none differs.${rest}`
  );
}

/** `suspendDevice` is `Suspend device`. */
export function actionWords(action: string): string {
  const words = action.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** `45 s`, `12 min`, `3.5 h`, `2.1 days`. */
export function duration(ms: number | null): string {
  if (ms === null) return '–';
  const seconds = ms / 1_000;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${(seconds / 3_600).toFixed(1)} h`;
  return `${(seconds / 86_400).toFixed(1)} days`;
}

export interface Column<Row> {
  readonly name: string;
  readonly of: (row: Row) => Html | Html[] | string;
  readonly kind?: 'n' | 't';
}

/** A table, or a sentence where there is nothing. */
export function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[], nothing: string): Html {
  if (rows.length === 0) return html`<p>${nothing}</p>`;
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          ${columns.map(({ name, kind }) => html`<th scope="col" class="${kind ?? ''}">${name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${columns.map(({ of, kind }) => html`<td class="${kind ?? ''}">${of(row)}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

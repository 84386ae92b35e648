import type { CodeState } from '../api/types.ts';

export type ShownState = CodeState | 'expired';

/** Expiry is no state on the ledger, as nobody signs it; to people it is one. */
export function shownState(
  { state, expiresAt }: { state: CodeState; expiresAt: string },
  now: number,
): ShownState {
  return state === 'open' && now >= Date.parse(expiresAt) ? 'expired' : state;
}

/** Codes in groups of four, as they are written: what was typed with other blanks is the same code. */
const GROUP = 4;
const SYMBOLS = 28;

/**
 * What is wrong with a code before anybody is asked; undefined when it looks like one. Whether it is mistyped is
 * told by the gateway.
 */
export function codeError(text: string): string | undefined {
  const symbols = text.replace(/[\s-]/g, '');
  if (symbols === '') return 'Type or paste the code.';
  if (!/^[0-9a-z]+$/i.test(symbols)) return 'A code has letters, digits and hyphens only.';
  if (symbols.length === SYMBOLS) return undefined;
  return `A code has ${SYMBOLS / GROUP} groups of ${GROUP} letters and digits; this has ${symbols.length} of ${SYMBOLS}.`;
}

/** Hours from now, and how people say it. */
export interface Term {
  value: number;
  label: string;
}

const DAY = 24;

export const CLAIM_TERMS: readonly Term[] = [
  { value: 1, label: 'In an hour' },
  { value: DAY, label: 'In a day' },
  { value: 7 * DAY, label: 'In a week' },
  { value: 28 * DAY, label: 'In four weeks' },
  { value: 84 * DAY, label: 'In twelve weeks' },
];

export const VOUCHER_TERMS: readonly Term[] = [
  { value: 7 * DAY, label: 'In a week' },
  { value: 28 * DAY, label: 'In four weeks' },
  { value: 182 * DAY, label: 'In half a year' },
  { value: 365 * DAY, label: 'In a year' },
  { value: 728 * DAY, label: 'In two years' },
];

const HOUR_MS = 3_600_000;

/** The instant so many hours ahead, as the ledger takes it. */
export function expiryIn(hours: number, now: number): string {
  return new Date(now + hours * HOUR_MS).toISOString();
}

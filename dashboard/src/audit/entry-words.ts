import type { AuditEntry } from '../api/types.ts';
import { shortenHash } from '../format/hash.ts';

/** `suspendDevice` -> `Suspend device`: actions are named as the gateway's operations are, and there will be more of them. */
export function actionWords(action: string): string {
  const words = action.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** What is said of the details in a line: why it was refused, or why it was done. */
export function reasonOf({ details }: Pick<AuditEntry, 'details'>): string {
  const { message, example, reason, number, code, sha256 } = details;
  const hash = typeof sha256 === 'string' ? `SHA-256 ${shortenHash(sha256, 12, 8)}` : undefined;
  const said = [reason, message ?? example, hash].filter((text) => typeof text === 'string').join(' · ');
  const times = typeof number === 'number' && number > 1 ? ` (${number} times)` : '';
  return typeof code === 'string' ? `${code}${said === '' ? '' : `: ${said}`}${times}` : said;
}

export interface AuditFilter {
  actor: string;
  action: string;
  outcome: string;
  device: string;
}

export const EVERYTHING: Readonly<AuditFilter> = { actor: '', action: '', outcome: '', device: '' };

/** The filter without what is not asked for. */
export function askedOf(filter: Readonly<AuditFilter>): Partial<AuditFilter> {
  return Object.fromEntries(
    Object.entries(filter)
      .map(([name, value]) => [name, value.trim()] as const)
      .filter(([, value]) => value !== ''),
  );
}

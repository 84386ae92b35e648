import type { Presence } from '../api/types.ts';

const REASONS: Readonly<Record<NonNullable<Presence['reason']>, string>> = {
  lost: 'connection lost',
  closed: 'said good-bye',
  silence: 'nothing heard',
  overslept: 'did not wake up',
  'turned away': 'turned away by the ledger',
};

/** Why it is not there, or until when; empty when there is nothing to add. @param format an instant as text */
export function presenceDetail(
  { reason, wakesAt }: Pick<Presence, 'reason' | 'wakesAt'>,
  format: (instant: number) => string,
): string {
  if (reason !== null) return REASONS[reason];
  return wakesAt === null ? '' : `until ${format(wakesAt)}`;
}

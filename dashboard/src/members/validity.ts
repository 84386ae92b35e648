import { formatDuration } from '../time/format-time.ts';

const DAY_MS = 86_400_000;
const SOON_MS = 30 * DAY_MS;

export interface ValidityWords {
  text: string;
  /** `warn`: it has to be renewed soon. `danger`: whoever has it can do nothing now. */
  tone: 'plain' | 'warn' | 'danger';
}

/** Whether a certificate is valid now, and for how long still. */
export function validityWords(
  { notBefore, notAfter }: { notBefore: number; notAfter: number },
  now: number,
): ValidityWords {
  if (now < notBefore)
    return { text: `not before ${formatDuration(notBefore - now)} from now`, tone: 'danger' };
  if (now >= notAfter) return { text: 'expired', tone: 'danger' };
  const left = notAfter - now;
  if (left >= 2 * 365 * DAY_MS)
    return { text: `for ${Math.floor(left / (365 * DAY_MS))} years`, tone: 'plain' };
  return { text: `for ${formatDuration(left)}`, tone: left < SOON_MS ? 'warn' : 'plain' };
}

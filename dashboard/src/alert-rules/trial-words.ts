import type { AlertRuleTrial } from '../api/types.ts';
import { formatCount } from '../format/number.ts';

/** Days that a dry run looks back. */
export const SPANS: readonly { value: number; label: string }[] = [
  { value: 1, label: 'last day' },
  { value: 7, label: 'last week' },
  { value: 30, label: 'last 30 days' },
  { value: 365, label: 'last year' },
];

/** "It would have fired 14 times in the last week, on 3 devices." */
export function trialText(
  { fired, firings }: Pick<AlertRuleTrial, 'fired' | 'firings'>,
  span: string,
): string {
  if (fired === 0) return `It would not have fired in the ${span}.`;
  const times = fired === 1 ? 'once' : `${formatCount(fired)} times`;
  const devices = new Set(firings.map(({ device }) => device)).size;
  const more = fired > firings.length ? 'at least ' : '';
  return `It would have fired ${times} in the ${span}, on ${more}${formatCount(devices)} ${devices === 1 ? 'device' : 'devices'}.`;
}

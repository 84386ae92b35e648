/** Which alerts are asked for: as it stands in the page's address, and as the gateway is asked. */
import { type AlertQuery } from '../api/alerts.ts';
import { ALERT_STATES } from './alert-words.ts';

export interface AlertFilter {
  severity: string;
  /** The name of one of the four states; empty for all. */
  state: string;
  device: string;
  rule: string;
  /** Only those assigned to who asks. */
  mine: boolean;
}

type Address = Readonly<Record<string, unknown>>;

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function filterOf({ severity, state, device, rule, mine }: Address): AlertFilter {
  return {
    severity: textOf(severity),
    state: textOf(state),
    device: textOf(device),
    rule: textOf(rule),
    mine: mine === 'true',
  };
}

/** What is not asked for is left out. */
export function addressOf({ mine, ...texts }: AlertFilter): Record<string, string> {
  const asked = Object.entries(texts).map(([name, text]) => [name, text.trim()] as const);
  return Object.fromEntries([
    ...asked.filter(([, text]) => text !== ''),
    ...(mine ? [['mine', 'true'] as const] : []),
  ]);
}

export function isFiltered(filter: AlertFilter): boolean {
  return Object.keys(addressOf(filter)).length > 0;
}

export function questionOf(filter: AlertFilter, member = ''): Omit<AlertQuery, 'limit' | 'cursor'> {
  const { state, mine, ...asked } = addressOf(filter);
  const found = ALERT_STATES.find(({ value }) => value === state);
  return {
    ...asked,
    ...(found !== undefined && { active: found.active, acknowledged: found.acknowledged }),
    ...(mine !== undefined && { assignee: member }),
  };
}

import type { ChannelDefinition } from '../api/types.ts';

/** Where it tells alerts: an address, or several. */
export function destinationText({ destination }: ChannelDefinition): string {
  return destination.kind === 'webhook' ? destination.url : destination.to.join(', ');
}

/** What it tells, from the whole to the part: "acme · major or worse · too-hot". */
export function filterText({ tenant, minimumSeverity, rules }: ChannelDefinition): string {
  const from = minimumSeverity === 'indeterminate' ? 'every severity' : `${minimumSeverity} or worse`;
  return [tenant ?? 'all tenants', from, ...(rules === null ? [] : [rules.join(', ')])].join(' · ');
}

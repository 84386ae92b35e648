import type { DeviceChange } from '../api/types.ts';
import { organisationName } from '../format/organisation.ts';
import { formatInstant } from '../time/format-time.ts';

export interface ChangeWords {
  /** What was done: "Key changed". */
  title: string;
  /** What that means, a sentence or less each. */
  details: string[];
  /** Why, in the words of whoever did it; none where the contract only wrote what the title says. */
  reason: string | undefined;
}

type Version = Omit<DeviceChange, 'transaction' | 'timestamp'>;

/** What the contract writes where it asks nobody for a reason. */
const NO_REASONS: ReadonlySet<string> = new Set(['', 'registered', 'key rotated', 'labelled']);

/**
 * A change in the device's history in words: what differs between its record and the one before.
 *
 * @param before undefined for the first
 */
export function changeWords(change: Version, before: Version | undefined): ChangeWords {
  const reason = NO_REASONS.has(change.reason) ? undefined : change.reason;
  const found =
    before === undefined
      ? registered(change)
      : (TELL.map((tell) => tell(change, before)).find(Boolean) ?? SAME);
  return { ...found, reason };
}

type Told = Omit<ChangeWords, 'reason'>;

const SAME: Told = { title: 'Written again', details: ['Nothing of it is different.'] };

/** The first that has something to tell: one transaction does one thing, and some of them end others. */
const TELL: readonly ((change: Version, before: Version) => Told | undefined)[] = [
  statusChange,
  ownerChange,
  epochChange,
  keyChange,
  offerChange,
  labelChange,
];

function registered({ org }: Version): Told {
  return { title: 'Registered', details: [`Owned by ${organisationName(org)}.`] };
}

function statusChange({ status }: Version, before: Version): Told | undefined {
  if (status === before.status) return undefined;
  const again = before.status === 'suspended' ? 'Activated again' : 'Activated';
  const titles = { registered: 'Registered', active: again, suspended: 'Suspended', revoked: 'Revoked' };
  return { title: titles[status], details: [] };
}

function ownerChange({ org }: Version, before: Version): Told | undefined {
  if (org === before.org) return undefined;
  return {
    title: 'Handed over',
    details: [`From ${organisationName(before.org)} to ${organisationName(org)}.`],
  };
}

function epochChange({ epoch }: Version, before: Version): Told | undefined {
  if (epoch === before.epoch) return undefined;
  return {
    title: 'Provisioned anew',
    details: [`A new key, and epoch ${epoch}: its messages are numbered from 1 again.`],
  };
}

function keyChange({ keyFingerprint, previousKey }: Version, before: Version): Told | undefined {
  if (keyFingerprint === before.keyFingerprint) return undefined;
  const old =
    previousKey === null
      ? 'The old one stopped working at once.'
      : `The old one works until ${formatInstant(Date.parse(previousKey.until))}.`;
  return { title: 'Key changed', details: [old] };
}

function offerChange({ transfer }: Version, before: Version): Told | undefined {
  if (transfer?.to === before.transfer?.to && transfer?.at === before.transfer?.at) return undefined;
  if (transfer !== null) return { title: `Offered to ${organisationName(transfer.to)}`, details: [] };
  return { title: 'Offer withdrawn', details: [] };
}

function labelChange({ groups, tags }: Version, before: Version): Told | undefined {
  const details = [
    listed('In', difference(groups, before.groups)),
    listed('No longer in', difference(before.groups, groups)),
    ...tagChanges(tags, before.tags),
  ].filter((detail) => detail !== '');
  return details.length === 0 ? undefined : { title: 'Labels changed', details };
}

function difference(values: readonly string[], others: readonly string[]): string[] {
  return values.filter((value) => !others.includes(value));
}

function listed(prefix: string, values: readonly string[]): string {
  return values.length === 0 ? '' : `${prefix} ${values.join(', ')}.`;
}

function tagChanges(tags: Version['tags'], before: Version['tags']): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(tags)])].sort();
  return names.flatMap((name) => {
    const [value, old] = [tags[name], before[name]];
    if (value === old) return [];
    if (value === undefined) return [`Tag ${name} removed.`];
    return [old === undefined ? `Tag ${name}: ${value}.` : `Tag ${name}: ${value}, no longer ${old}.`];
  });
}

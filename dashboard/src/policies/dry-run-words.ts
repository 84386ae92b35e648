/** What a dry run found, as people say it. */
import type { DryRun, PolicyEffect, Untried } from '../api/types.ts';
import { utc } from './rule-sentence.ts';
import { listed } from './words.ts';

type Asked = Pick<DryRun['asked'], 'moments'>;

/** When an effect is so, of all times asked about: "at 2026-11-24 03:00 UTC, not now"; empty when it always is. */
export function timesPhrase({ now, moments }: Pick<PolicyEffect, 'now' | 'moments'>, asked: Asked): string {
  const at = (some: readonly number[]): string[] => some.map((moment) => `at ${utc(moment)}`);
  const others = [
    ...(now ? [] : ['now']),
    ...at(asked.moments.filter((moment) => !moments.includes(moment))),
  ];
  if (others.length === 0) return '';
  return `${listed([...(now ? ['now'] : []), ...at(moments)])}, not ${listed(others, 'or')}`;
}

const UNTRIED: Readonly<Record<Untried['condition'], (values: string) => string>> = {
  roles: (values) => `nobody known here has the role ${values}`,
  organisations: (values) => `nobody known here is of ${values}`,
  members: (values) => `nobody known here is called ${values}`,
  attributes: (values) => `nobody known here has a certificate with ${values}`,
  devices: (values) => `no device here is called ${values}`,
  types: (values) => `no device here is of type ${values}`,
  groups: (values) => `no device here is in group ${values}`,
  tenants: (values) => `no device here is of tenant ${values}`,
  statuses: (values) => `no device here is ${values}`,
  firmwareAtLeast: (values) => `no device reports its firmware, as ${values} or otherwise`,
  networks: (values) => `nobody can be asked about as if from the network ${values}`,
  until: (values) => `it has been over since ${values}`,
  together: () => 'nobody known here meets all of its conditions on any device here',
};

/** "operator-suspends: nobody known here has the role guard". */
export function untriedPhrase({ rule, condition, values }: Untried): string {
  return `${rule}: ${UNTRIED[condition](listed(values, 'or'))}`;
}

/** Why a dry run names nobody: that nothing differs says something only where something was asked. */
export function nothingPhrase({ questions, moments }: Asked & { questions: number }): string {
  if (questions === 0)
    return 'Nothing was asked: your tenants have nothing that these rules are about, such as devices. What they change for what is to come, or elsewhere, is not told here.';
  const now = 'For nobody who was asked about: all that they may do stays the same';
  if (moments.length === 0) return `${now}.`;
  return `${now}, now and ${listed(moments.map((moment) => `at ${utc(moment)}`))}.`;
}

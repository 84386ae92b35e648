import type { Action, Member, ReleaseView } from '../api/types.ts';

export interface ReleaseChoice {
  /** To approve or reject it. */
  readonly decide: boolean;
  readonly withdraw: boolean;
  readonly upload: boolean;
  /** What it waits for; empty when it waits for nothing. */
  readonly note: string;
}

const NOTHING: ReleaseChoice = { decide: false, withdraw: false, upload: false, note: '' };

type Choosable = Pick<ReleaseView, 'org' | 'state' | 'stored' | 'key'>;

/** What the member may do with a release now: allowed, and possible. */
export function releaseChoice(
  release: Choosable,
  member: Pick<Member, 'org'> | undefined,
  may: (action: Action) => boolean,
): ReleaseChoice {
  const { org, state, stored } = release;
  if (member === undefined || (state !== 'published' && state !== 'approved')) return NOTHING;
  if (member.org === org) {
    const publisher = may('firmware:publish');
    return { decide: false, withdraw: publisher, upload: publisher && !stored, note: noteOf(release, false) };
  }
  const approver = may('firmware:approve');
  const decide = approver && state === 'published' && release.key.state === 'active';
  return { decide, withdraw: approver, upload: false, note: noteOf(release, decide) };
}

function noteOf({ state }: Choosable, decide: boolean): string {
  return state === 'published' && !decide ? 'A member of another organisation has to approve it.' : '';
}

interface OfType {
  readonly type: string;
  readonly releases: readonly ReleaseView[];
}

/** In the order in which they came: by type, the newest version first. */
export function byType(releases: readonly ReleaseView[]): OfType[] {
  return [...Map.groupBy(releases, ({ type }) => type)].map(([type, group]) => ({ type, releases: group }));
}

import type { Channel } from '../home/organisations.ts';
import type { Verdict } from './comparison.ts';
import type { Finding } from './report.ts';

/** Where many values differ, the first ones tell enough. */
const MOST_DIFFERENCES = 20;

/** A verdict in the words of the report. */
export function findingsOf(verdict: Verdict, about: { channel: Channel; subject: string }): Finding[] {
  switch (verdict.kind) {
    case 'agreed':
      return [];
    case 'unsettled':
      return [
        {
          ...about,
          kind: 'unsettled',
          peer: null,
          what: 'changes faster than it can be asked',
          differences: [],
        },
      ];
    case 'outvoted':
    case 'split':
      return verdict.peers.map(({ peer, differences }) => ({
        ...about,
        kind: verdict.kind === 'outvoted' ? 'lies' : 'disagrees',
        peer,
        what: worded(verdict.kind, differences.length),
        differences: differences.slice(0, MOST_DIFFERENCES),
      }));
  }
}

function worded(kind: 'outvoted' | 'split', count: number): string {
  const values = count === 1 ? 'one value' : `${count} values`;
  return kind === 'outvoted'
    ? `differs from the majority in ${values}`
    : `differs from another in ${values}, and no majority says who is right`;
}

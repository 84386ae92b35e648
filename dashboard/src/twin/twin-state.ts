import type { Twin } from '../api/types.ts';
import type { PillLook } from '../components/pill-look.ts';

export type TwinState = 'nothing desired' | 'as desired' | 'waiting' | 'told, but differs';

/** How far a device has come with what is desired of it: by its own word, which is all that there is. */
export function twinState({ desired, reported, delta }: Twin): TwinState {
  if (Object.keys(desired.properties).length === 0) return 'nothing desired';
  if (Object.keys(delta).length === 0) return 'as desired';
  return (reported.desiredVersion ?? 0) < desired.version ? 'waiting' : 'told, but differs';
}

export const TWIN_LOOKS: Readonly<Record<TwinState, PillLook>> = {
  'nothing desired': { tone: 'over', dot: 'ring', hint: 'Nobody has said what it should be' },
  'as desired': { tone: 'done', dot: 'full', hint: 'It reports all that is desired' },
  waiting: { tone: 'waits', dot: 'half', hint: 'It has not said that it has seen what is desired' },
  'told, but differs': { tone: 'waits', dot: 'diamond', hint: 'It has seen it, and reports something else' },
};

/** The state in a sentence or two. @param away whether the device is not connected at present */
export function twinSentence(twin: Twin, away: boolean): string {
  const { version } = twin.desired;
  switch (twinState(twin)) {
    case 'nothing desired':
      return 'Nothing is desired of it.';
    case 'as desired':
      return 'It reports all that is desired of it.';
    case 'waiting': {
      const waits = `It has not said yet that it has seen version ${version}.`;
      return away ? `${waits} It is away, and is told when it returns.` : waits;
    }
    case 'told, but differs':
      return `It has seen version ${version}, and reports something else.`;
  }
}

import type { Stream } from '../api/types.ts';
import type { PillLook } from '../components/pill-look.ts';
import { formatCount } from '../format/number.ts';
import { formatDuration } from '../time/format-time.ts';

/** A stream that is this far behind does not keep up; what is on its way at the moment is no matter. */
const BEHIND_MS = 60_000;

export type StreamState = 'paused' | 'failing' | 'behind' | 'not tried' | 'works';

export function streamState(
  {
    definition,
    failure,
    deliveredAt,
    behind,
  }: Pick<Stream, 'definition' | 'failure' | 'deliveredAt' | 'behind'>,
  now: number,
): StreamState {
  if (!definition.enabled) return 'paused';
  if (failure !== null) return 'failing';
  if (behind.since !== null && now - behind.since >= BEHIND_MS) return 'behind';
  return deliveredAt === null ? 'not tried' : 'works';
}

export const STREAM_LOOKS: Readonly<Record<StreamState, PillLook>> = {
  paused: { tone: 'over', dot: 'pause', hint: 'It keeps its place, and goes on from there' },
  failing: { tone: 'lost', dot: 'stroke', hint: 'What was sent last was not taken: it is tried again' },
  behind: { tone: 'waits', dot: 'half', hint: 'It takes less than comes' },
  'not tried': { tone: 'over', dot: 'ring', hint: 'Nothing that it wants was stored yet' },
  works: { tone: 'done', dot: 'full', hint: 'What is stored goes on at once' },
};

/** How far it is behind what is stored: "12 batches behind, 3 min". */
export function behindText({ behind }: Pick<Stream, 'behind'>, now: number): string {
  const { batches, since } = behind;
  if (batches === 0) return 'nothing waits';
  const count = `${formatCount(batches)} ${batches === 1 ? 'batch' : 'batches'} behind`;
  return since === null ? count : `${count}, ${formatDuration(Math.max(0, now - since))}`;
}

/** Where it goes to: an address, and the topic at a broker. */
export function destinationText({ destination }: Stream['definition']): string {
  return destination.kind === 'webhook' ? destination.url : `${destination.url} · ${destination.topic}`;
}

/** What goes on, from the whole to the part: "acme · types press · sensors temperature". */
export function filterText({ tenant, filter }: Stream['definition']): string {
  const parts = Object.entries(filter).map(([what, names]) =>
    names === null ? '' : `${what} ${names.join(', ')}`,
  );
  const named = parts.filter((part) => part !== '');
  return [tenant ?? 'all tenants', ...(named.length === 0 ? ['everything'] : named)].join(' · ');
}

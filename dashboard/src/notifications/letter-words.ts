import type { DeadLetter } from '../api/types.ts';

/** What a message was about, in a line. */
export function letterTitle({ content }: Pick<DeadLetter, 'content'>): string {
  if (content.kind === 'test') return `Test message of ${content.by}`;
  const [first, ...more] = content.notices;
  if (first === undefined) return 'Nothing';
  const about = `${first.device ?? 'platform'}: ${first.description ?? first.type}`;
  return more.length === 0 ? about : `${about}, and ${more.length} more`;
}

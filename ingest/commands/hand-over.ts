import type { Time } from '../../network/time.ts';
import { Alarm } from './alarm.ts';

/** A broker that answers nothing for so long has lost it, or will say so later. */
const ANSWER_WITHIN_MS = 10_000;

/**
 * Hands things to the broker at once.
 *
 * @param publish resolves with whether the broker took it for somebody
 * @returns those that it has taken so far
 */
export async function handOver<Item>(
  items: readonly Item[],
  publish: (item: Item) => Promise<boolean>,
  { time, signal }: { time: Time; signal: AbortSignal },
): Promise<Item[]> {
  const taken: Item[] = [];
  const answers = items.map(async (item) => {
    if (await publish(item)) taken.push(item);
  });
  const patience = new Alarm(time);
  void Promise.all(answers).then(() => {
    patience.wake();
  });
  await patience.sleep(ANSWER_WITHIN_MS, signal);
  return [...taken];
}

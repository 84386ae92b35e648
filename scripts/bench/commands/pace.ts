import { setTimeout as delay } from 'node:timers/promises';

/** Does something so often a second, by the clock, whether what was done earlier is over or not; resolves when all is. */
export async function paced(
  { rate, count }: { rate: number; count: number },
  act: (index: number) => Promise<void>,
): Promise<void> {
  const began = performance.now();
  const acting: Promise<void>[] = [];
  for (let index = 0; index < count; index += 1) {
    const wait = began + (1000 * index) / rate - performance.now();
    if (wait > 1) await delay(wait);
    acting.push(act(index));
  }
  await Promise.all(acting);
}

import { pause, type Time } from '../../network/time.ts';
import { BoundedMap } from './bounded-map.ts';
import type { CoapReply } from './exchange.ts';

/** Who would have to wait for longer comes again: those that wait must leave room for others' requests. */
const LONGEST_MS = 200;
const MOST_REMEMBERED = 10_000;

/** Lets each of many do something so many times a second, by making it wait for its turn. */
export class Pace {
  readonly #betweenMs: number;
  readonly #time: Pick<Time, 'elapsed'>;
  /** When each may the next time. */
  readonly #next: BoundedMap<number>;

  constructor(perSecond: number, time: Pick<Time, 'elapsed'>) {
    this.#betweenMs = 1_000 / perSecond;
    this.#time = time;
    const now = (): number => time.elapsed();
    this.#next = new BoundedMap({ most: MOST_REMEMBERED, lifetimeMs: 2 * LONGEST_MS, now });
  }

  /** @returns how long to wait in milliseconds, or undefined when it is too long; then it takes no turn */
  turn(who: string): number | undefined {
    const now = this.#time.elapsed();
    const at = Math.max(now, this.#next.get(who) ?? now);
    if (at - now > LONGEST_MS) return undefined;
    this.#next.set(who, at + this.#betweenMs);
    return at - now;
  }
}

export interface PacedParts {
  /** Of blocks, for each device and for all together. */
  readonly pace: { readonly each: Pace; readonly all: Pace };
  readonly time: Time;
}

/** What a device hears whose turn would come too late. */
export const AFTER_OTHERS: CoapReply = { code: '5.03', maxAgeSeconds: 1 };

/** Waits until it is a device's turn to get a block. @returns whether it is, or would be too late */
export async function hasTurn({ pace, time }: PacedParts, device: string): Promise<boolean> {
  const own = pace.each.turn(device);
  // Who asks for more than its own share takes nothing of what is everybody's.
  const common = own === undefined ? undefined : pace.all.turn('');
  if (own === undefined || common === undefined) return false;
  const waitMs = Math.max(own, common);
  if (waitMs >= 1) await pause(time, waitMs, new AbortController().signal);
  return true;
}

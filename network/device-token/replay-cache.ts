import { MAX_TOKEN_LIFETIME_SECONDS } from '../../chaincode/protocol/device-token.ts';

/** By how much, in seconds, a device's clock may differ from ours. */
export const CLOCK_TOLERANCE_SECONDS = 10;

/** From the first instant at which a token may be taken to the last. */
const GENERATION_MS = (MAX_TOKEN_LIFETIME_SECONDS + 2 * CLOCK_TOLERANCE_SECONDS) * 1000;

export interface ReplayOptions {
  /** Milliseconds since the Unix epoch: from when on it remembers. */
  readonly since: number;
  /** Tokens remembered of all devices in one generation. */
  readonly capacity?: number;
  /** Of those, tokens of one device: a device gone mad must not use up the others' room. */
  readonly perDevice?: number;
}

/**
 * Remembers which tokens were used, until they have expired. Memory is bounded: the ids are kept in two generations,
 * each as long as a token may live, of which the older is forgotten as a whole. When there is no room left new
 * tokens are refused; forgetting one that still counts would let it be used again. For the same reason nothing can be said
 * of tokens from before `since`: a process before this one may have taken them.
 */
export class ReplayCache {
  /** In seconds, as tokens tell their time. */
  readonly since: number;
  readonly #capacity: number;
  readonly #perDevice: number;
  #current = new Map<string, Set<string>>();
  #previous = new Map<string, Set<string>>();
  #count = 0;
  #turnsAt = -Infinity;

  constructor({ since, capacity = 200_000, perDevice = 3_000 }: ReplayOptions) {
    this.since = Math.floor(since / 1000);
    this.#capacity = capacity;
    this.#perDevice = perDevice;
  }

  /**
   * @param now milliseconds since the Unix epoch
   * @returns `seen` when the token was used before, `full` when it cannot be remembered and so must not be taken
   */
  remember({ device, jti, now }: { device: string; jti: string; now: number }): 'new' | 'seen' | 'full' {
    this.#turn(now);
    const used = this.#current.get(device) ?? new Set<string>();
    if (used.has(jti) || this.#previous.get(device)?.has(jti) === true) return 'seen';
    if (used.size >= this.#perDevice || this.#count >= this.#capacity) return 'full';
    this.#current.set(device, used.add(jti));
    this.#count += 1;
    return 'new';
  }

  #turn(now: number): void {
    if (now < this.#turnsAt) return;
    // After a pause of two generations nothing of either counts any more.
    this.#previous = now < this.#turnsAt + GENERATION_MS ? this.#current : new Map<string, Set<string>>();
    this.#current = new Map();
    this.#count = 0;
    this.#turnsAt = now + GENERATION_MS;
  }
}

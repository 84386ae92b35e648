import { Refusal } from './problem.ts';

/** Of all callers: each is in memory until it is answered. */
const AT_ONCE = 4;
const TRY_AGAIN = { headers: { 'Retry-After': '5' } };

/** Large bodies that are read or worked on: one of each caller, and few of all. A place is had before anything is read. */
export class LargeBodies {
  readonly #callers = new Set<string>();

  /** @returns what gives the place back. @throws Refusal RATE_LIMITED */
  admit(caller: string): () => void {
    if (this.#callers.has(caller))
      throw new Refusal('RATE_LIMITED', 'a file of yours is being read already', TRY_AGAIN);
    if (this.#callers.size >= AT_ONCE)
      throw new Refusal('RATE_LIMITED', 'others send files just now: try again later', TRY_AGAIN);
    this.#callers.add(caller);
    return () => {
      this.#callers.delete(caller);
    };
  }
}

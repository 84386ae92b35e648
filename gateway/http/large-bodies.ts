import { Refusal } from './problem.ts';

/** Of all callers: each is in memory until it is done with. */
const AT_ONCE = 4;
const TRY_AGAIN = { headers: { 'Retry-After': '5' } };

/** Large bodies that are read or worked on: one of each caller, and few of all. A place is had before anything is read. */
export class LargeBodies {
  /** For how many reasons each caller has its place. */
  readonly #callers = new Map<string, number>();

  /** @returns what gives the place back. @throws Refusal RATE_LIMITED */
  admit(caller: string): () => void {
    if (this.#callers.has(caller))
      throw new Refusal('RATE_LIMITED', 'a file of yours is being worked on already', TRY_AGAIN);
    if (this.#callers.size >= AT_ONCE)
      throw new Refusal('RATE_LIMITED', 'others send files just now: try again later', TRY_AGAIN);
    return this.#hold(caller);
  }

  /** For whoever has a place: it is had until this work is over, too. */
  keep(caller: string, work: Promise<unknown>): void {
    const release = this.#hold(caller);
    work.then(release, release);
  }

  #hold(caller: string): () => void {
    this.#callers.set(caller, (this.#callers.get(caller) ?? 0) + 1);
    return () => {
      const left = (this.#callers.get(caller) ?? 0) - 1;
      if (left > 0) this.#callers.set(caller, left);
      else this.#callers.delete(caller);
    };
  }
}

import { Refusal } from './problem.ts';

const TRY_AGAIN = { headers: { 'Retry-After': '5' } };

/** How many bodies there may be at a time: each is in memory until it is done with. */
interface Bounds {
  readonly ofEach: number;
  readonly ofAll: number;
}

/**
 * Whose memory it is that large bodies fill, by how a route has them.
 *
 * Files are sent by members who are signed in. What is signed elsewhere may be sent by everybody who reaches the port, with
 * neither account nor certificate: the attacker opens many connections and sends each body slowly, or breaks it off. It
 * has places of its own, so that it keeps nobody's files away.
 */
const BOUNDS = {
  files: { ofEach: 1, ofAll: 4 },
  signed: { ofEach: 4, ofAll: 32 },
} satisfies Readonly<Record<string, Bounds>>;

export type LargeBody = keyof typeof BOUNDS;

/** Has the place until this work is over, too. */
export type Keep = (work: Promise<unknown>) => void;

/** Places for bodies that are read or worked on: few of each caller, and of all. One is had before anything is read. */
export class LargeBodies {
  readonly #bounds: Bounds;
  readonly #callers = new Map<string, number>();
  #all = 0;

  constructor(kind: LargeBody) {
    this.#bounds = BOUNDS[kind];
  }

  /** @returns what the place is to be had for; with the end of the last of that it is free. @throws Refusal RATE_LIMITED */
  admit(caller: string): Keep {
    const own = this.#callers.get(caller) ?? 0;
    if (own >= this.#bounds.ofEach)
      throw new Refusal('RATE_LIMITED', 'what you sent before is being worked on still', TRY_AGAIN);
    if (this.#all >= this.#bounds.ofAll)
      throw new Refusal('RATE_LIMITED', 'others send much just now: try again later', TRY_AGAIN);
    this.#callers.set(caller, own + 1);
    this.#all += 1;
    let reasons = 0;
    return (work) => {
      const over = (): void => {
        reasons -= 1;
        if (reasons === 0) this.#leave(caller);
      };
      reasons += 1;
      work.then(over, over);
    };
  }

  #leave(caller: string): void {
    const left = (this.#callers.get(caller) ?? 0) - 1;
    if (left > 0) this.#callers.set(caller, left);
    else this.#callers.delete(caller);
    this.#all -= 1;
  }
}

import { Refusal } from './problem.ts';

const TRY_AGAIN = { headers: { 'Retry-After': '5' } };

/** How many bodies there may be at a time: each is in memory until it is done with. */
interface Bounds {
  readonly ofEach: number;
  readonly ofAll: number;
  /** Whoever has all places of its own is told what it waits for. */
  readonly busy: string;
}

const SENT_BEFORE = 'what you sent before is being worked on still';

/**
 * Whose memory it is that large bodies fill, by how a route has them.
 *
 * Files are sent by members who are signed in. What is signed elsewhere may be sent by everybody who reaches the port, with
 * neither account nor certificate: the attacker opens many connections and sends each body slowly, or breaks it off. It
 * has places of its own, so that it keeps nobody's files away. Exports are large on their way out; as long as one is taken, it
 * takes turns at the database's connections, which are few; so does a report while it is summed up.
 */
const BOUNDS = {
  files: { ofEach: 1, ofAll: 4, busy: SENT_BEFORE },
  signed: { ofEach: 4, ofAll: 32, busy: SENT_BEFORE },
  reports: { ofEach: 1, ofAll: 2, busy: 'a report of yours is being made still' },
  exports: { ofEach: 2, ofAll: 4, busy: 'what you asked for before is being sent still' },
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

  /** How many places are taken. */
  get size(): number {
    return this.#all;
  }

  /** @returns what the place is to be had for; with the end of the last of that it is free. @throws Refusal RATE_LIMITED */
  admit(caller: string): Keep {
    const own = this.#callers.get(caller) ?? 0;
    if (own >= this.#bounds.ofEach) throw new Refusal('RATE_LIMITED', this.#bounds.busy, TRY_AGAIN);
    if (this.#all >= this.#bounds.ofAll)
      throw new Refusal('RATE_LIMITED', 'others keep us busy just now: try again later', TRY_AGAIN);
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

/** None of them taken. */
export function placesOfAllKinds(): Readonly<Record<LargeBody, LargeBodies>> {
  return {
    files: new LargeBodies('files'),
    signed: new LargeBodies('signed'),
    exports: new LargeBodies('exports'),
    reports: new LargeBodies('reports'),
  };
}

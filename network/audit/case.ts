import type { Hearing } from './hearing.ts';

/** How much is asked, and how long peers that are behind are waited for. */
export interface Scope {
  /** How many of the newest blocks, and how many of the older ones, drawn by lot; `all` for every block. */
  readonly blocks: number | 'all';
  /** How many devices, drawn by lot; `all` for every device. */
  readonly devices: number | 'all';
  readonly patienceMs: number;
}

/** What an audit needs beside the peers: so that tests need neither wait nor throw dice. */
export interface Surroundings {
  /** Milliseconds, from any start. */
  readonly clock: () => number;
  readonly pause: (milliseconds: number) => Promise<void>;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** What the parts of an audit share. */
export interface Case {
  readonly hearings: readonly Hearing[];
  readonly scope: Scope;
  readonly surroundings: Surroundings;
}

export interface BackoffOptions {
  /** Milliseconds. */
  readonly first: number;
  /** Milliseconds. */
  readonly longest: number;
  /** A number from 0 up to 1; `Math.random` unless told. */
  readonly random?: () => number;
}

/**
 * How long to wait before the next try: each time about twice as long, and never the same for everybody, so that a
 * fleet that lost its broker in one instant does not come back in one instant.
 */
export class Backoff {
  readonly #options: BackoffOptions;
  #ceiling: number;

  constructor(options: BackoffOptions) {
    this.#options = options;
    this.#ceiling = options.first;
  }

  /** Milliseconds: between half and all of a bound that doubles from `first` to `longest`. */
  next(): number {
    const { longest, random = Math.random } = this.#options;
    const ceiling = this.#ceiling;
    this.#ceiling = Math.min(ceiling * 2, longest);
    return ceiling * (0.5 + random() / 2);
  }

  /** What was tried has worked: the next wait is a short one again. */
  reset(): void {
    this.#ceiling = this.#options.first;
  }
}

/** A map whose entries last so long, and of which there are so many at most: the oldest go first. */
export class BoundedMap<Value> {
  readonly #entries = new Map<string, { value: Value; until: number }>();
  readonly #most: number;
  readonly #lifetimeMs: number;
  readonly #now: () => number;

  constructor({ most, lifetimeMs, now }: { most: number; lifetimeMs: number; now: () => number }) {
    this.#most = most;
    this.#lifetimeMs = lifetimeMs;
    this.#now = now;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.until > this.#now()) return entry?.value;
    this.#entries.delete(key);
    return undefined;
  }

  /** Its lifetime begins now, also when it was there. */
  set(key: string, value: Value): void {
    this.#entries.delete(key);
    this.#dropOldest();
    this.#entries.set(key, { value, until: this.#now() + this.#lifetimeMs });
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  #dropOldest(): void {
    for (const [key, { until }] of this.#entries) {
      if (this.#entries.size < this.#most && until > this.#now()) return;
      this.#entries.delete(key);
    }
  }
}

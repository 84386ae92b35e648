/** Lines that are told with what is wrong with them; of the others the numbers are told. */
const EXPLAINED = 20;

/** Everything that is wrong with a file, in little memory however much it is. */
export class BadLines {
  readonly #explained: string[] = [];
  /** Inclusive ranges of line numbers. */
  readonly #others: [number, number][] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Lines come in ascending order. */
  add(line: number, reason: string): void {
    this.#count += 1;
    if (this.#explained.length < EXPLAINED) {
      this.#explained.push(`line ${line}: ${reason}`);
      return;
    }
    const last = this.#others.at(-1);
    if (last?.[1] === line - 1) last[1] = line;
    else this.#others.push([line, line]);
  }

  /** Every bad line by its number. */
  describe(): string {
    if (this.#others.length === 0) return this.#explained.join('\n');
    const others = this.#others.map(([first, last]) => (first === last ? String(first) : `${first}–${last}`));
    return [...this.#explained, `and in lines ${others.join(', ')}`].join('\n');
  }
}

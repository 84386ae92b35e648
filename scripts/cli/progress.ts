/** Shows what a long command is doing, and how long each step took. Writes to standard error, so that standard output stays for results. */
export class Progress {
  readonly #stream: NodeJS.WritableStream & { isTTY?: boolean };
  readonly #started = performance.now();

  constructor(stream: NodeJS.WritableStream & { isTTY?: boolean } = process.stderr) {
    this.#stream = stream;
  }

  /** Runs one step and prints a line when it ends; steps may run side by side. */
  async step<Result>(
    title: string,
    work: (note: (text: string) => void) => Promise<Result>,
  ): Promise<Result> {
    const started = performance.now();
    if (this.#stream.isTTY === true) this.#stream.write(`  · ${title} …\n`);
    try {
      const result = await work((text) => {
        this.note(`${title}: ${text}`);
      });
      this.#stream.write(`  ✓ ${title}  ${seconds(started)}\n`);
      return result;
    } catch (error) {
      this.#stream.write(`  ✗ ${title}  ${seconds(started)}\n`);
      throw error;
    }
  }

  note(text: string): void {
    this.#stream.write(`    ${text}\n`);
  }

  /** Seconds since the command began. */
  total(): string {
    return seconds(this.#started);
  }
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}

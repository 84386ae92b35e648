import type { Counts } from './verification-input.ts';

const SILENT_MS = 2000;
const BETWEEN_MS = 1000;

/** Says on a stream how far a check is that takes longer than two seconds, once a second. */
export class ProgressLine {
  readonly #stream: NodeJS.WritableStream & { isTTY?: boolean };
  readonly #clock: () => number;
  readonly #started: number;
  #next: number;
  #shown = false;

  constructor(
    stream: NodeJS.WritableStream & { isTTY?: boolean } = process.stderr,
    clock: () => number = () => performance.now(),
  ) {
    this.#stream = stream;
    this.#clock = clock;
    this.#started = clock();
    this.#next = this.#started + SILENT_MS;
  }

  readonly show = ({ messages, batches }: Counts): void => {
    const now = this.#clock();
    if (now < this.#next) return;
    this.#next = now + BETWEEN_MS;
    const seconds = ((now - this.#started) / 1000).toFixed(0);
    const text = `  checked ${messages.toLocaleString('en')} messages in ${batches.toLocaleString('en')} batches, ${seconds} s`;
    this.#stream.write(this.#stream.isTTY === true ? `\r${text}` : `${text}\n`);
    this.#shown = true;
  };

  /** Leaves the line, so that what is printed next stands below it. */
  end(): void {
    if (this.#shown && this.#stream.isTTY === true) this.#stream.write('\n');
  }
}

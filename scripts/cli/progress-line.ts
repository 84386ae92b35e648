export interface ProgressStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** A short command says nothing on its way. */
const SILENT_MS = 1_000;
const TTY_INTERVAL_MS = 200;
const LOG_INTERVAL_MS = 5_000;
/** The rate is that of the last seconds. */
const MEMORY_MS = 10_000;
const ERASE_LINE = '\r\u001b[K';

/** How far a long command has got: one line that is written again and again on a terminal, now and then a new one elsewhere. */
export class ProgressLine {
  readonly #stream: ProgressStream;
  readonly #total: number;
  readonly #word: string;
  readonly #began: number;
  /** Instants and counts, the oldest first. */
  #samples: (readonly [number, number])[];
  #lastShown: number;
  #shown = false;

  /**
   * @param now milliseconds of a clock that only goes forward
   * @param word what has become of those that are done
   */
  constructor(stream: ProgressStream, total: number, now: number, word = 'stored') {
    this.#stream = stream;
    this.#total = total;
    this.#word = word;
    this.#began = now;
    this.#lastShown = now;
    this.#samples = [[now, 0]];
  }

  /** @param trouble what keeps it from getting on, if anything does */
  update(done: number, now: number, trouble = ''): void {
    const interval = this.#stream.isTTY === true ? TTY_INTERVAL_MS : LOG_INTERVAL_MS;
    if (now - this.#began < SILENT_MS || now - this.#lastShown < interval) return;
    this.#lastShown = now;
    this.#samples = [...this.#samples.filter(([instant]) => now - instant <= MEMORY_MS), [now, done]];
    const line = `${this.#describe(done, this.#rate(now, done))}${trouble === '' ? '' : `, ${trouble}`}`;
    this.#stream.write(this.#stream.isTTY === true ? `${ERASE_LINE}${line}` : `${line}\n`);
    this.#shown = true;
  }

  /** Makes room for what is written next. */
  end(): void {
    if (this.#shown && this.#stream.isTTY === true) this.#stream.write(ERASE_LINE);
    this.#shown = false;
  }

  /** A second. */
  #rate(now: number, done: number): number {
    const [instant, count] = this.#samples[0] ?? [this.#began, 0];
    return now > instant ? (1000 * (done - count)) / (now - instant) : 0;
  }

  #describe(done: number, rate: number): string {
    const percent = this.#total === 0 ? 100 : Math.floor((100 * done) / this.#total);
    const left = rate > 0 ? `, ${duration((this.#total - done) / rate)} left` : '';
    return `${done} of ${this.#total} ${this.#word} (${percent} %), ${rate.toFixed(rate < 10 ? 1 : 0)} a second${left}`;
  }
}

/** Seconds as a person says them. */
function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  return minutes < 60
    ? `${minutes} min ${whole % 60} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

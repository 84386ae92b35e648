import type { Time } from '../../network/time.ts';

/** Lets a loop sleep until there is something to do. Who is woken while awake does not sleep the next time. */
export class Alarm {
  readonly #time: Time;
  #woken = false;
  #end: (() => void) | undefined;

  constructor(time: Time) {
    this.#time = time;
  }

  wake(): void {
    this.#woken = true;
    this.#end?.();
  }

  /** Resolves when it is woken, after so many milliseconds, or when the signal is aborted. */
  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (!this.#woken && !signal.aborted) await this.#rest(ms, signal);
    this.#woken = false;
  }

  #rest(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        cancel();
        this.#end = undefined;
        signal.removeEventListener('abort', end);
        resolve();
      };
      const cancel = this.#time.after(ms, end);
      this.#end = end;
      signal.addEventListener('abort', end);
    });
  }
}

import type { Home } from '../../network/home/home.ts';
import { crash, startAgain } from './instance.ts';

/** Processes that are down because a test killed them. */
export class Outage {
  readonly #home: Home;
  #begun = false;

  constructor(home: Home) {
    this.#home = home;
  }

  /** Kills processes; those that were killed before stay dead. */
  async kill(...names: readonly string[]): Promise<void> {
    this.#begun = true;
    await Promise.all(names.map((name) => crash(this.#home, name)));
  }

  /** Starts again what is down, as people do. Ending it twice does no harm. */
  async end(): Promise<void> {
    if (!this.#begun) return;
    await startAgain();
    this.#begun = false;
  }
}

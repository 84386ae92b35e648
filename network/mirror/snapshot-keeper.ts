import type { Logger } from 'pino';
import type { MirrorClock } from './clock.ts';
import { readSnapshot, type Snapshot, writeSnapshot } from './snapshot.ts';

/** Changes wait at least this long, to be written together. */
const SHORTEST_PAUSE_MS = 5_000;
/** Writing takes at most one part in so many of the time, however large the registry. */
const SHARE_OF_TIME = 20;
/** Without any change the file is still renewed this often, as it also says when the state was last confirmed. */
const RENEWAL_MS = 60_000;

interface KeeperOptions {
  readonly file: string;
  readonly clock: MirrorClock;
  readonly log: Pick<Logger, 'warn'>;
}

/**
 * Keeps a mirror's snapshot on disk. It is a convenience: without it a restart takes longer, so whatever goes wrong
 * with it is logged and no more.
 */
export class SnapshotKeeper {
  readonly #options: KeeperOptions;
  #writing: Promise<void> | undefined;
  #writtenBlock: number | undefined;
  #writtenAt = -Infinity;
  #notBefore = -Infinity;

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  /** @returns undefined when there is none that can be used */
  async read(channel: string): Promise<Snapshot | undefined> {
    try {
      const snapshot = await readSnapshot(this.#options.file);
      return snapshot?.channel === channel ? snapshot : undefined;
    } catch (error) {
      this.#options.log.warn({ err: error }, 'the mirror starts without its snapshot');
      return undefined;
    }
  }

  /**
   * Writes in the background when it is time to.
   *
   * @param block the last that the state knows
   * @param take gives the snapshot, if there is one worth keeping; called only when it is time
   */
  offer(block: number | undefined, take: () => Snapshot | undefined): void {
    const now = this.#options.clock.monotonicMs();
    const due = block !== this.#writtenBlock || now - this.#writtenAt >= RENEWAL_MS;
    if (!due || now < this.#notBefore || this.#writing !== undefined) return;
    this.#writing = this.#write(take()).finally(() => {
      this.#writing = undefined;
    });
  }

  /** Writes now, after what is being written. */
  async flush(take: () => Snapshot | undefined): Promise<void> {
    await this.#writing;
    await this.#write(take());
  }

  async #write(snapshot: Snapshot | undefined): Promise<void> {
    if (snapshot === undefined) return;
    const { file, clock, log } = this.#options;
    const startedAt = clock.monotonicMs();
    try {
      await writeSnapshot(file, snapshot);
      this.#writtenBlock = snapshot.block;
    } catch (error) {
      log.warn({ err: error }, 'the mirror could not write its snapshot');
    }
    this.#writtenAt = clock.monotonicMs();
    const tookMs = this.#writtenAt - startedAt;
    this.#notBefore = this.#writtenAt + Math.max(SHORTEST_PAUSE_MS, tookMs * SHARE_OF_TIME);
  }
}

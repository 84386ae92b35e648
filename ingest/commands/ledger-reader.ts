import type { Logger } from 'pino';

import type { LedgerBlock, LedgerClient } from '../../network/ledger/client.ts';
import { Backoff } from '../../network/backoff.ts';
import { pause, type Time } from '../../network/time.ts';
import { gather } from './gather.ts';

/** How far somebody has read a channel. */
export interface LedgerPosition {
  readonly reader: string;
  readonly channel: string;
  readonly block: number;
}

export interface LedgerReaderParts<Change> {
  /** Under which the position is kept. */
  readonly reader: string;
  readonly client: Pick<LedgerClient, 'blocks'>;
  /** The last block that was written down; undefined for none. */
  readonly position: () => Promise<number | undefined>;
  /** What a block says that is to be written down. */
  readonly changesIn: (block: LedgerBlock) => Change[];
  /** Writes changes and position down, both or none. */
  readonly record: (changes: readonly Change[], position: LedgerPosition) => Promise<void>;
  /** Blocks may have been missed: what is remembered of them may be out of date. */
  readonly forget: () => void;
  readonly log: Pick<Logger, 'warn'>;
  readonly time: Time;
}

const CHANNEL = 'registry';
/** Blocks that are written down together. */
const BLOCKS_AT_ONCE = 32;
/** Blocks without changes after which the position is written all the same. */
const IDLE_BLOCKS = 64;
const RETRY = { firstMs: 100, longestMs: 5_000 };

/** Brings what the ledger says into the database, block by block, each block once, for ever. */
export class LedgerReader<Change> {
  readonly #parts: LedgerReaderParts<Change>;
  readonly #backoff: Backoff;

  constructor(parts: LedgerReaderParts<Change>) {
    this.#parts = parts;
    this.#backoff = new Backoff(RETRY, () => parts.time.random());
  }

  async run(signal: AbortSignal): Promise<void> {
    const { forget, log, reader, time } = this.#parts;
    while (!signal.aborted) {
      try {
        await this.#follow(signal);
      } catch (error) {
        log.warn({ err: error, reader }, 'the ledger is not read, trying again');
      }
      forget();
      await pause(time, this.#backoff.next(), signal);
    }
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { client, position } = this.#parts;
    const written = (await position()) ?? -1;
    const over = new AbortController();
    const either = AbortSignal.any([signal, over.signal]);
    try {
      await this.#write(client.blocks(CHANNEL, { from: written + 1, signal: either }), written);
    } finally {
      over.abort();
    }
  }

  async #write(stream: AsyncIterable<LedgerBlock>, from: number): Promise<void> {
    const { changesIn, reader, record } = this.#parts;
    let written = from;
    for await (const blocks of gather(stream, BLOCKS_AT_ONCE)) {
      const block = blocks.at(-1)?.number ?? written;
      const changes = blocks.flatMap(changesIn);
      if (changes.length === 0 && block - written < IDLE_BLOCKS) continue;
      await record(changes, { reader, channel: CHANNEL, block });
      written = block;
      this.#backoff.succeeded();
    }
  }
}

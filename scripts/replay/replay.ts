import { createHash } from 'node:crypto';

import type { TopicOwner } from '../../chaincode/protocol/topics.ts';
import type { OpenDevice } from '../../ingest/device/device.ts';
import type { DeviceStore } from '../../ingest/device/device-store.ts';
import type { Home } from '../../network/home/home.ts';
import type { ReplayArguments } from './arguments.ts';
import { Pace } from './pace.ts';
import { countRefused, type Position, positionNote, readPosition } from './position.ts';
import { ProgressLine, type ProgressStream } from '../cli/progress-line.ts';
import { readSeries, type Row, type SeriesSummary } from './series.ts';
import { takeDevice } from './take-device.ts';
import { Tally } from './tally.ts';

export interface ReplayContext {
  readonly home: Home;
  readonly owner: TopicOwner;
  readonly series: SeriesSummary;
  readonly progress: ProgressStream;
  /** Told what is done beyond sending. */
  readonly say: (text: string) => void;
  /** Ends the replay; what was begun is kept in the device's store. */
  readonly interrupt: AbortSignal;
}

/** What a replay came to. When it is complete, each row is counted in one of `already`, `receipted` and `refused`. */
export interface ReplayResult {
  readonly outcome: 'complete' | 'interrupted' | 'stalled';
  /** Rows of the file. */
  readonly rows: number;
  /** Rows that earlier runs of the same replay had brought into the database. */
  readonly already: number;
  /** The file's messages that this run sent, each counted once. */
  readonly sent: number;
  /** The file's messages that this run got receipts for: they are in the database. */
  readonly receipted: number;
  /** The file's messages that the platform refused for good, by code; in earlier runs, too. */
  readonly refused: Readonly<Record<string, number>>;
  /** From taking the device to the last receipt. */
  readonly seconds: number;
  /** What stood in the way at the end; empty when nothing did. */
  readonly trouble: string;
}

/** Messages without receipt at one time: more than the platform commits while a receipt is on its way. */
const WINDOW = 4_096;
/** Messages in the store: above `most` reading waits until there are `least`, which still fill the window. */
const KEPT = { most: 3 * WINDOW, least: 2 * WINDOW };
/** Any part of the platform that is started again answers well within this time. */
const PATIENCE_MS = 120_000;
const LOOK_MS = 200;

/**
 * Sends a file's rows as the device's messages, and waits for all receipts. How far it got is kept in the device's
 * store, written together with each message, so that the same replay begun again goes on behind its last row.
 *
 * @throws BiotError DEVICE_BUSY when another replay acts as the device
 */
export async function replay(args: ReplayArguments, context: ReplayContext): Promise<ReplayResult> {
  const key = keyOf(args, context.series);
  const tally = new Tally(key, () => performance.now());
  const device = await takeDevice({ ...context, events: tally.events, window: WINDOW });
  try {
    return await new Replay({ key, tally, device }, args, context).run();
  } finally {
    await device.close();
  }
}

/** Names a file's content as readings of one sensor. */
function keyOf({ sensor, now }: ReplayArguments, { hash }: SeriesSummary): string {
  const identity = createHash('sha256').update(`${hash} ${sensor} ${now ? 'moved to now' : 'as it is'}`);
  return `replay ${identity.digest('hex').slice(0, 16)}`;
}

interface Parts {
  /** Of the note in the device's store. */
  readonly key: string;
  readonly tally: Tally;
  readonly device: OpenDevice;
}

class Replay {
  readonly #parts: Parts;
  readonly #args: ReplayArguments;
  readonly #context: ReplayContext;
  readonly #line: ProgressLine;
  readonly #began = performance.now();
  readonly #stalled = new AbortController();
  readonly #stop: AbortSignal;
  readonly #shift: number;
  readonly #already: number;
  #row: number;

  constructor(parts: Parts, args: ReplayArguments, context: ReplayContext) {
    this.#parts = parts;
    this.#args = args;
    this.#context = context;
    this.#stop = AbortSignal.any([context.interrupt, this.#stalled.signal]);
    this.#line = new ProgressLine(context.progress, context.series.rows, this.#began);
    const kept = countKept(parts.device.store, parts.key);
    const { row, shift, refused } = this.#begin(kept);
    this.#row = row;
    this.#shift = shift;
    this.#already = Math.max(0, row - kept - countRefused({ refused }));
    Object.assign(parts.tally.refused, refused);
  }

  async run(): Promise<ReplayResult> {
    const { client, store } = this.#parts.device;
    const looks = setInterval(() => {
      this.#look();
    }, LOOK_MS);
    const disconnect = (): void => {
      void client.close();
    };
    this.#stop.addEventListener('abort', disconnect);
    try {
      await this.#send();
      await client.waitingAtMost(0);
    } finally {
      clearInterval(looks);
      this.#stop.removeEventListener('abort', disconnect);
      this.#line.end();
      store.setNote(this.#note());
    }
    return this.#result();
  }

  /** Where to begin: behind the last row of an earlier run, or at the first. */
  #begin(kept: number): Position {
    const { series } = this.#context;
    const { now, again } = this.#args;
    const earlier = readPosition(this.#parts.device.store, this.#parts.key);
    // Moved to now, a file that was sent to its end is another one each time.
    const over = earlier?.row === series.rows && kept === 0 && now;
    if (earlier === undefined || over || again) {
      return { row: 0, shift: now ? Date.now() - series.latest : 0, refused: {} };
    }
    this.#announce(earlier, kept);
    return earlier;
  }

  #announce({ row }: Position, kept: number): void {
    const { series, say } = this.#context;
    if (row === series.rows && kept === 0)
      say('this device has sent this file before: nothing is left to do (--again sends it once more)');
    else if (row > 0)
      say(`going on with an earlier run: ${row} rows were read, ${kept} of them wait for receipts`);
  }

  async #send(): Promise<void> {
    const pace = new Pace(this.#args.speed);
    let row = 0;
    for await (const rows of readSeries(this.#args.file)) {
      for (const reading of rows) {
        row += 1;
        if (row <= this.#row) continue;
        await pace.turn(reading.ts, this.#stop);
        await this.#room();
        if (this.#stop.aborted) return;
        this.#publish(row, reading);
      }
    }
  }

  async #room(): Promise<void> {
    const { client, store } = this.#parts.device;
    if (store.size >= KEPT.most) await client.waitingAtMost(KEPT.least);
  }

  #publish(row: number, { ts, value }: Row): void {
    this.#row = row;
    const reading = { ts: ts + this.#shift, values: { [this.#args.sensor]: value } };
    this.#parts.device.client.publish(reading, this.#note());
  }

  #note(): { key: string; value: string } {
    const { key, tally } = this.#parts;
    return positionNote(key, { row: this.#row, shift: this.#shift, refused: tally.refused });
  }

  /** Now and then: shows how far it is, and gives up when nothing gets on any more. */
  #look(): void {
    const { tally, device } = this.#parts;
    const now = performance.now();
    this.#line.update(this.#already + tally.receipted, now, tally.trouble);
    if (device.store.size === 0) tally.settledAt = now;
    if (now - tally.settledAt > PATIENCE_MS) this.#stalled.abort();
  }

  #result(): ReplayResult {
    const { sent, receipted, refused, trouble } = this.#parts.tally;
    return {
      outcome: this.#outcome(),
      rows: this.#context.series.rows,
      already: this.#already,
      sent,
      receipted,
      refused,
      seconds: Math.round(performance.now() - this.#began) / 1000,
      trouble,
    };
  }

  #outcome(): ReplayResult['outcome'] {
    if (this.#context.interrupt.aborted) return 'interrupted';
    return this.#stalled.signal.aborted ? 'stalled' : 'complete';
  }
}

/** The file's messages that wait for their receipts. */
function countKept(store: DeviceStore, key: string): number {
  let count = 0;
  for (let message = store.after(0); message !== undefined; message = store.after(message.seq)) {
    if (message.origin === key) count += 1;
  }
  return count;
}

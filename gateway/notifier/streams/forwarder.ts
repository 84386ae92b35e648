import type { Logger } from 'pino';

import type { Time } from '../../../network/time.ts';
import type { StoredStream, StreamCursor } from '../../../sql/queries/streams.ts';
import type { StreamPlace, Stretch } from '../../../sql/writers/streams.ts';
import type { Outcome } from '../channels/outcome.ts';
import type { Lane, Pace } from '../lane.ts';
import { type Customer, Turns } from '../turns.ts';
import { type Chunk, type ChunkBounds, nextChunk } from './chunk.ts';
import { type Delivery, deliveryOf } from './delivery.ts';
import { Portion } from './portion.ts';
import type { SelectedBatch } from './selection.ts';

/** What is stored, and how far streams came: `sqlStreamStore` in operation. All throw BiotError DATABASE_UNAVAILABLE or INTERNAL. */
export interface StreamStore {
  /** Streams that are switched on and not at the end of every log. */
  due(): Promise<StoredStream[]>;
  /** Of the logs that go on. */
  cursors(stream: string): Promise<StreamCursor[]>;
  /** The first batch of a log from a number on. */
  batch(stream: StoredStream, place: { log: string; from: number }): Promise<SelectedBatch | undefined>;
  /** Notes where a delivery ends, before it is sent. */
  begun(place: StreamPlace, stretch: Stretch): Promise<void>;
  /** Moves the cursor on; throws as well when it stands elsewhere by now. @param taken whether something was delivered */
  moved(place: StreamPlace, stretch: Stretch, taken: boolean): Promise<void>;
  failed(stream: string, failure: string): Promise<void>;
}

/** Sends a delivery once. @throws nothing that an endpoint could cause: that is an outcome */
export type SendDelivery = (stream: StoredStream, delivery: Delivery) => Promise<Outcome>;

export interface ForwarderParts {
  readonly store: StreamStore;
  readonly send: SendDelivery;
  readonly time: Pick<Time, 'now' | 'random'>;
  readonly log: Pick<Logger, 'debug' | 'info' | 'warn'>;
}

const LOOKED_AT = 200;
/** Of MQTT, many brokers take no more at once than 128 KiB. */
const BOUNDS: Readonly<Record<StoredStream['destination']['kind'], ChunkBounds>> = {
  webhook: { messages: 1_000, bytes: 1_000_000, batches: LOOKED_AT },
  mqtt: { messages: 1_000, bytes: 120_000, batches: LOOKED_AT },
};
const OWN_FAILURE = 'a failure of the platform itself: it is tried again';
/** Telemetry comes as quickly as it is taken. */
const PACE: Pace = { burst: 1_000, everyMs: 1 };

interface Following extends Customer {
  readonly stream: StoredStream;
}

function following(stream: StoredStream): Following {
  return { id: stream.id, version: stream.version, sharer: stream.tenant ?? '*', pace: PACE, stream };
}

/**
 * Brings stored telemetry to where streams lead, in the order of each log. A cursor moves only when what lies before it was
 * taken: so all comes at least once, and a stream that is not taken waits in SQL, not in memory.
 */
export class Forwarder {
  readonly #parts: ForwarderParts;
  readonly #turns: Turns<Following>;
  /** In memory alone, as long as the lanes. */
  readonly #portions = new WeakMap<Lane, Portion>();

  constructor(parts: ForwarderParts) {
    this.#parts = parts;
    this.#turns = new Turns({ time: parts.time, serve: ({ stream }, lane) => this.#serve(stream, lane) });
  }

  /** Looks who is behind, and begins to send; does not wait for the sending. */
  async look(): Promise<void> {
    this.#turns.offer((await this.#parts.store.due()).map(following));
  }

  /** Begins nothing more until the next look; resolves when nothing is under way. */
  idle(): Promise<void> {
    return this.#turns.idle();
  }

  /** One chunk of each log. @returns whether there may be more */
  async #serve(stream: StoredStream, lane: Lane): Promise<boolean> {
    const { store, time, log } = this.#parts;
    try {
      const cursors = await store.cursors(stream.id);
      for (const cursor of this.#portionOf(lane).inTurn(cursors))
        if (!(await this.#forward(stream, cursor, lane))) return false;
      return cursors.length > 0;
    } catch (error) {
      // The cursor stands where it stood: the same is sent again, under the same id.
      log.warn({ err: error, stream: stream.id }, 'a delivery could not be settled');
      lane.failed(time.now());
      // Where the database is what fails, nobody can be told so.
      await store.failed(stream.id, OWN_FAILURE).catch(() => undefined);
      return false;
    }
  }

  #portionOf(lane: Lane): Portion {
    const portion = this.#portions.get(lane) ?? new Portion();
    this.#portions.set(lane, portion);
    return portion;
  }

  /** @returns whether the cursor moved */
  async #forward(stream: StoredStream, cursor: StreamCursor, lane: Lane): Promise<boolean> {
    const { store } = this.#parts;
    const place = { stream: stream.id, log: cursor.log };
    const read = (from: number) => store.batch(stream, { log: cursor.log, from });
    const bounds = BOUNDS[stream.destination.kind];
    const chunk = await nextChunk(read, cursor, this.#portionOf(lane).within(cursor.log, bounds));
    const { from, until, messages, skipped } = chunk;
    if (until.sequence === from.sequence && until.leaf === from.leaf) return false;
    const empty = messages.length === 0 && skipped.length === 0;
    if (!empty) {
      await store.begun(place, { from, until });
      if (!(await this.#sent(stream, { log: cursor.log, chunk }, lane))) return false;
    }
    await store.moved(place, { from, until }, !empty);
    if (!empty) lane.succeeded();
    return true;
  }

  async #sent(
    stream: StoredStream,
    { log: from, chunk }: { log: string; chunk: Chunk },
    lane: Lane,
  ): Promise<boolean> {
    const { store, send, time, log } = this.#parts;
    const portion = this.#portionOf(lane);
    const delivery = deliveryOf({ stream, log: from }, chunk, time.now());
    lane.used(time.now());
    const outcome = await send(stream, delivery);
    const about = { stream: stream.id, delivery: delivery.id };
    if (outcome.kind === 'taken') {
      portion.taken(from, BOUNDS[stream.destination.kind]);
      log.debug(about, 'taken');
      return true;
    }
    lane.failed(time.now(), outcome.kind === 'failed' ? outcome.notBefore : undefined);
    portion.failed(from, chunk.messages.length);
    // Whatever an endpoint answers, nothing is left out: whoever put the stream sees why it stands.
    const failure = outcome.kind === 'gone' ? 'gone' : outcome.failure;
    log.info({ ...about, failure }, 'not taken');
    await store.failed(stream.id, failure);
    return false;
  }
}

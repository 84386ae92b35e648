import { isDeepStrictEqual } from 'node:util';

import type { StoredStream, StreamCursor } from '../../../sql/queries/streams.ts';
import type { StreamPlace, Stretch } from '../../../sql/writers/streams.ts';
import { Forwarder, type SendDelivery, type StreamStore } from '../streams/forwarder.ts';
import type { SelectedBatch, Wanted } from '../streams/selection.ts';

/** The messages of a batch, numbered: the seq of each is the batch's number × 100 000 + its leaf. */
export function batchOf(sequence: number, messages: number, padding = 0): SelectedBatch {
  const wanted = Array.from({ length: messages }, (_, leaf): Wanted => {
    const seq = sequence * 100_000 + leaf;
    const device = 'x'.repeat(Math.max(1, padding));
    const message = { id: String(seq), batch: sequence, tenant: 'acme', device, epoch: 1, seq, ts: 0 };
    return { leaf, message: { ...message, values: { temperature: 1 } } };
  });
  return { sequence, wanted };
}

export function streamOf(id: string, tenant = 'acme'): StoredStream {
  return {
    ...{ id, name: id, tenant, enabled: true, version: 1, author: 'admin@operator', updatedAt: 0 },
    filter: { types: null, devices: null, sensors: null },
    destination: { kind: 'webhook', url: `https://${id}.test/` },
    ...{ sealedSecret: null, deliveredAt: null, failedAt: null, failure: null },
  };
}

/** Logs and cursors in memory: what a crash of the notifier leaves behind. */
export class FakeStreamStore implements StreamStore {
  readonly logs = new Map<string, SelectedBatch[]>();
  readonly streams: StoredStream[] = [];
  readonly failures = new Map<string, string>();
  readonly #cursors = new Map<string, Omit<StreamCursor, 'log'>>();
  now = 0;
  /** What happens when a cursor is to be moved. */
  onMove: () => void = () => undefined;

  #ahead = (stream: string): StreamCursor[] =>
    [...this.logs]
      .map(([log]) => ({ log, ...this.cursor(stream, log) }))
      .filter(({ log, next }) => this.#find(log, next.sequence) !== undefined);

  #find = (log: string, from: number): SelectedBatch | undefined =>
    this.logs.get(log)?.find(({ sequence }) => sequence >= from);

  cursor(stream: string, log: string): Omit<StreamCursor, 'log'> {
    return this.#cursors.get(`${stream} ${log}`) ?? { next: { sequence: 0, leaf: 0 }, until: null };
  }

  due = (): Promise<StoredStream[]> =>
    Promise.resolve(this.streams.filter(({ id }) => this.#ahead(id).length > 0));

  cursors = (stream: string): Promise<StreamCursor[]> => Promise.resolve(this.#ahead(stream));

  batch = (_stream: StoredStream, { log, from }: { log: string; from: number }) =>
    Promise.resolve(this.#find(log, from));

  begun = ({ stream, log }: StreamPlace, { until }: Stretch): Promise<void> => {
    this.#cursors.set(`${stream} ${log}`, { ...this.cursor(stream, log), until });
    return Promise.resolve();
  };

  moved = ({ stream, log }: StreamPlace, { from, until: next }: Stretch): Promise<void> => {
    this.onMove();
    if (!isDeepStrictEqual(from, this.cursor(stream, log).next))
      return Promise.reject(new Error('the cursor stands elsewhere'));
    this.#cursors.set(`${stream} ${log}`, { next, until: null });
    return Promise.resolve();
  };

  failed = (stream: string, failure: string): Promise<void> => {
    this.failures.set(stream, failure);
    return Promise.resolve();
  };
}

/** Goes by the store's time, and logs nothing. */
export function testForwarder(store: FakeStreamStore, send: SendDelivery): Forwarder {
  const silent = (): undefined => undefined;
  return new Forwarder({
    ...{ store, send },
    time: { now: () => store.now, random: () => 0 },
    log: { debug: silent, info: silent, warn: silent },
  });
}

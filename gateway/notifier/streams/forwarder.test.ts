import { expect } from 'chai';
import { z } from 'zod';

import type { Outcome } from '../channels/outcome.ts';
import { batchOf, FakeStreamStore, streamOf, testForwarder } from '../testing/fake-streams.ts';
import type { Delivery } from './delivery.ts';
import type { Forwarder } from './forwarder.ts';

const LOG = 'ingest-1@operator';
const range = z.object({ from: z.number(), to: z.number() });
const bodySchema = z.object({
  type: z.literal('telemetry'),
  timestamp: z.iso.datetime(),
  data: z.object({
    stream: z.string(),
    delivery: z.string(),
    log: z.string(),
    batches: range,
    skipped: z.array(range),
    messages: z.array(z.looseObject({ seq: z.number() })),
  }),
});

describe('the forwarder of telemetry', () => {
  let store: FakeStreamStore;
  let sent: { stream: string; id: string; data: z.infer<typeof bodySchema>['data'] }[];
  let answer: (stream: string, data: z.infer<typeof bodySchema>['data']) => Outcome | Promise<Outcome>;
  let forwarder: Forwarder;

  beforeEach(() => {
    store = new FakeStreamStore();
    store.streams.push(streamOf('lake'));
    sent = [];
    answer = () => ({ kind: 'taken' });
    forwarder = begin();
  });

  /** A notifier that knows nothing but what is stored. */
  function begin(): Forwarder {
    return testForwarder(store, async ({ id }, delivery: Delivery) => {
      const { data } = bodySchema.parse(JSON.parse(delivery.body));
      sent.push({ stream: id, id: delivery.id, data });
      return answer(id, data);
    });
  }

  /** Looks each second until so much time is over, and waits for what is sent. */
  async function pass(ms: number): Promise<void> {
    for (const end = store.now + ms; store.now < end; store.now += 1_000) {
      await forwarder.look();
      await new Promise(setImmediate);
      await forwarder.idle();
    }
  }

  const seqs = (): number[] => sent.flatMap(({ data }) => data.messages.map(({ seq }) => seq));

  it('sends what is stored once, in the order of its log, with what a receiver needs to ask for proof', async () => {
    store.logs.set(LOG, [batchOf(0, 1_500), batchOf(1, 2)]);
    await pass(5_000);
    expect(seqs()).to.deep.equal([
      ...Array.from({ length: 1_500 }, (_, leaf) => leaf),
      ...[100_000, 100_001],
    ]);
    expect(sent.map(({ data: { log, batches } }) => [log, batches])).to.deep.equal([
      [LOG, { from: 0, to: 0 }],
      [LOG, { from: 0, to: 1 }],
    ]);
    expect(sent.every(({ id, data }) => data.delivery === id && /^dlv_[0-9a-f]{32}$/.test(id))).to.equal(
      true,
    );
    expect(new Set(sent.map(({ id }) => id)).size).to.equal(2);
  });

  it('moves a cursor only after the delivery is taken', async () => {
    store.logs.set(LOG, [batchOf(0, 1)]);
    let at: unknown;
    answer = () => {
      at = store.cursor('lake', LOG);
      return { kind: 'taken' };
    };
    await pass(1_000);
    expect(at).to.deep.equal({ next: { sequence: 0, leaf: 0 }, until: { sequence: 1, leaf: 0 } });
    expect(store.cursor('lake', LOG)).to.deep.equal({ next: { sequence: 1, leaf: 0 }, until: null });
  });

  it('sends the same under the same id when it crashed before the cursor was moved, and loses nothing', async () => {
    store.logs.set(LOG, [batchOf(0, 3)]);
    store.onMove = () => {
      throw new Error('a crash');
    };
    await pass(1_000);
    // More is stored before it comes back.
    store.logs.get(LOG)?.push(batchOf(1, 2));
    store.onMove = () => undefined;
    forwarder = begin();
    await pass(2_000);
    const [first, again, next] = sent;
    expect(again).to.deep.equal(first);
    expect([next?.data.batches, sent.length]).to.deep.equal([{ from: 1, to: 1 }, 3]);
    expect(next?.id).not.to.equal(first?.id);
  });

  it('keeps on through an hour of refusals, ever less often, and sends all in order when it is over', async () => {
    answer = () => ({ kind: 'failed', failure: 'answered 500' });
    store.logs.set(LOG, [batchOf(0, 1)]);
    await pass(1_800_000);
    store.logs.get(LOG)?.push(batchOf(1, 1));
    await pass(1_800_000);
    expect(sent.length).to.be.within(10, 60);
    expect([new Set(sent.map(({ id }) => id)).size, store.failures.get('lake')]).to.deep.equal([
      ...[1, 'answered 500'],
    ]);
    sent = [];
    answer = () => ({ kind: 'taken' });
    await pass(600_000);
    expect(seqs()).to.deep.equal([0, 100_000]);
  });

  it('comes back when the endpoint asked for it, and not before', async () => {
    answer = () => ({ kind: 'failed', failure: 'answered 503', notBefore: 1_200_000 });
    store.logs.set(LOG, [batchOf(0, 1)]);
    await pass(1_200_000);
    expect(sent).to.have.length(1);
    await pass(2_000);
    expect(sent).to.have.length(2);
  });

  it('leaves nothing out for an endpoint that refuses for good', async () => {
    answer = () => ({ kind: 'refused', failure: 'answered 410' });
    store.logs.set(LOG, [batchOf(0, 1)]);
    await pass(60_000);
    expect(store.cursor('lake', LOG).next).to.deep.equal({ sequence: 0, leaf: 0 });
    expect(store.failures.get('lake')).to.equal('answered 410');
  });

  it('finds out how much an endpoint takes at once, and gives it more again when it takes more', async () => {
    const taken: number[] = [];
    let most = 3;
    answer = (_stream, { messages }) => {
      if (messages.length > most) return { kind: 'refused', failure: 'answered 413' };
      taken.push(...messages.map(({ seq }) => seq));
      return { kind: 'taken' };
    };
    store.logs.set(LOG, [batchOf(0, 1_500)]);
    await pass(3_600_000);
    expect(taken.length).to.be.at.least(100);
    most = 1_000;
    store.logs.get(LOG)?.push(batchOf(1, 4_000), batchOf(2, 4_000), batchOf(3, 4_000));
    await pass(600_000);
    expect(Math.max(...sent.map(({ data }) => data.messages.length))).to.equal(1_000);
    expect(sent.filter(({ data }) => data.messages.length === 1_000)).to.have.length.at.least(2);
    const all = [1_500, 4_000, 4_000, 4_000].flatMap((size, batch) =>
      Array.from({ length: size }, (_, leaf) => batch * 100_000 + leaf),
    );
    expect(taken).to.deep.equal(all);
  });

  it('holds no log up by another of the same stream that is refused', async () => {
    answer = (_stream, { log }) =>
      log === LOG ? { kind: 'refused', failure: 'answered 400' } : { kind: 'taken' };
    store.logs.set(LOG, [batchOf(0, 1)]);
    store.logs.set('ingest-2@operator', [batchOf(0, 1)]);
    await pass(30_000);
    expect(store.cursor('lake', 'ingest-2@operator').next).to.deep.equal({ sequence: 1, leaf: 0 });
    expect(store.cursor('lake', LOG).next).to.deep.equal({ sequence: 0, leaf: 0 });
  });

  it('says that it fails itself, and tries ever less often', async () => {
    store.logs.set(LOG, [batchOf(0, 1)]);
    store.onMove = () => {
      throw new Error('no database');
    };
    await pass(60_000);
    expect(sent.length).to.be.within(2, 10);
    expect(store.failures.get('lake')).to.match(/platform itself/);
  });

  it('gives what is left of a filter that changed another id', async () => {
    answer = () => ({ kind: 'failed', failure: 'answered 500' });
    store.logs.set(LOG, [batchOf(0, 1)]);
    await pass(1_000);
    store.streams.splice(0, 1, {
      ...streamOf('lake'),
      filter: { types: null, devices: ['x'], sensors: null },
    });
    await pass(60_000);
    expect(sent.length).to.be.at.least(2);
    expect(sent[1]?.id).not.to.equal(sent[0]?.id);
  });

  it('holds no other stream up by one that hangs', async () => {
    const hanging = Promise.withResolvers<Outcome>();
    store.streams.push(streamOf('hanging'));
    answer = (stream) => (stream === 'hanging' ? hanging.promise : { kind: 'taken' });
    store.logs.set(LOG, [batchOf(0, 1)]);
    for (let sequence = 1; sequence < 5; sequence += 1) {
      await forwarder.look();
      await new Promise(setImmediate);
      store.logs.get(LOG)?.push(batchOf(sequence, 1));
    }
    await forwarder.look();
    await new Promise(setImmediate);
    expect(sent.filter(({ stream }) => stream === 'hanging')).to.have.length(1);
    expect(sent.at(-1)).to.deep.include({ stream: 'lake' });
    expect(seqs()).to.include(400_000);
    hanging.resolve({ kind: 'failed', failure: 'no answer in time' });
    await forwarder.idle();
  });

  it('says what was gone before it was sent, and moves past what nobody wants without a word', async () => {
    store.logs.set(LOG, [{ sequence: 0, wanted: null }, batchOf(1, 0)]);
    store.logs.set('ingest-2@operator', [batchOf(0, 0)]);
    await pass(2_000);
    expect(sent.map(({ data }) => [data.log, data.batches, data.skipped, data.messages])).to.deep.equal([
      [LOG, { from: 0, to: 1 }, [{ from: 0, to: 0 }], []],
    ]);
    expect(store.cursor('lake', 'ingest-2@operator').next).to.deep.equal({ sequence: 1, leaf: 0 });
  });
});

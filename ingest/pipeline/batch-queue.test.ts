import { expect } from 'chai';
import fc from 'fast-check';

import { ManualTime, settle } from '../testing/manual-time.ts';
import { BatchQueue, type Queued, type QueueSettings } from './batch-queue.ts';

class Item implements Queued {
  readonly bytes: number;
  readonly name: string;
  readonly #owed: boolean;

  constructor(name: string, { bytes = 1, owed = true } = {}) {
    this.name = name;
    this.bytes = bytes;
    this.#owed = owed;
  }

  owed(): boolean {
    return this.#owed;
  }
}

const SETTINGS: QueueSettings = { batchItems: 3, batchBytes: 100, batchAgeMs: 50, capacity: 6 };

function names(items: readonly Item[] | undefined): string[] | undefined {
  return items?.map(({ name }) => name);
}

describe('BatchQueue', () => {
  let time: ManualTime;
  let queue: BatchQueue<Item>;

  beforeEach(() => {
    time = new ManualTime();
    queue = new BatchQueue(SETTINGS, time);
  });

  it('gives a lone item out when it has waited for the age, and not before', async () => {
    const batch = queue.next();
    queue.add(new Item('a'));
    await time.advance(49);
    const early = await Promise.race([batch, settle().then(() => 'waiting')]);
    expect(early).to.equal('waiting');
    await time.advance(1);
    expect(names(await batch)).to.deep.equal(['a']);
  });

  it('counts the age from the first item, however many follow', async () => {
    const batch = queue.next();
    queue.add(new Item('a'));
    await time.advance(40);
    queue.add(new Item('b'));
    await time.advance(10);
    expect(names(await batch)).to.deep.equal(['a', 'b']);
  });

  it('gives a full batch out at once, and the rest when it is old or full itself', async () => {
    for (const name of ['a', 'b', 'c', 'd']) queue.add(new Item(name));
    expect(names(await queue.next())).to.deep.equal(['a', 'b', 'c']);
    const rest = queue.next();
    await time.advance(50);
    expect(names(await rest)).to.deep.equal(['d']);
  });

  it('ends a batch before the item that would make it too large, yet takes a large one alone', async () => {
    queue.add(new Item('a', { bytes: 60 }));
    queue.add(new Item('b', { bytes: 60 }));
    queue.add(new Item('c', { bytes: 500 }));
    expect(names(await queue.next())).to.deep.equal(['a']);
    expect(names(await queue.next())).to.deep.equal(['b']);
    expect(names(await queue.next())).to.deep.equal(['c']);
  });

  it('hands out what is left when it ends, then nothing', async () => {
    queue.add(new Item('a'));
    const batch = queue.next();
    queue.end();
    expect(names(await batch)).to.deep.equal(['a']);
    expect(await queue.next()).to.equal(undefined);
  });

  it('wakes who waits on an empty queue when it ends', async () => {
    const batch = queue.next();
    await settle();
    queue.end();
    expect(await batch).to.equal(undefined);
  });

  it('leaves no timer behind', async () => {
    const batch = queue.next();
    for (const name of ['a', 'b', 'c']) queue.add(new Item(name));
    await batch;
    expect(time.waiting).to.equal(0);
  });

  it('when full forgets what nobody waits for, the oldest first, and never what is owed', () => {
    for (const name of ['a', 'b', 'c', 'd']) queue.add(new Item(name));
    queue.add(new Item('x', { owed: false }));
    queue.add(new Item('y', { owed: false }));
    expect(queue.add(new Item('e'))?.name).to.equal('x');
    expect(queue.add(new Item('z', { owed: false }))?.name).to.equal('z');
    expect(queue.add(new Item('f'))?.name).to.equal('y');
    expect(queue.size).to.equal(SETTINGS.capacity);
  });

  it('gives out every item it kept once, in order, whatever comes when', async () => {
    const arrivals = fc.array(fc.record({ pauseMs: fc.nat(80), bytes: fc.integer({ min: 1, max: 150 }) }), {
      maxLength: 40,
    });
    await fc.assert(
      fc.asyncProperty(arrivals, async (sequence) => {
        const clock = new ManualTime();
        const roomy = new BatchQueue<Item>({ ...SETTINGS, capacity: 100 }, clock);
        const got: string[] = [];
        const reading = (async () => {
          for (;;) {
            const batch = await roomy.next();
            if (batch === undefined) return;
            expect(batch.length).to.be.within(1, SETTINGS.batchItems);
            got.push(...batch.map(({ name }) => name));
          }
        })();
        for (const [index, { pauseMs, bytes }] of sequence.entries()) {
          await clock.advance(pauseMs);
          roomy.add(new Item(String(index), { bytes }));
        }
        roomy.end();
        await reading;
        expect(got).to.deep.equal(sequence.map((_, index) => String(index)));
      }),
      { numRuns: 50 },
    );
  });
});

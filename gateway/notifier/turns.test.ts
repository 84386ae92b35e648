import { expect } from 'chai';

import type { Lane } from './lane.ts';
import { type Customer, Turns } from './turns.ts';

describe('turns', () => {
  let now: number;
  let served: string[];
  let ends: Map<string, (more: boolean) => void>;
  let lanes: Lane[];
  let turns: Turns<Customer>;

  beforeEach(() => {
    [now, served, lanes] = [0, [], []];
    ends = new Map();
    turns = new Turns({
      time: { now: () => now, random: () => 0 },
      serve: ({ id }, lane) => {
        served.push(id);
        lanes.push(lane);
        return new Promise((resolve) => ends.set(id, resolve));
      },
    });
  });

  const customer = (id: string, sharer = id, version = 1): Customer => ({
    ...{ id, sharer, version },
    pace: { burst: 1, everyMs: 60_000 },
  });

  async function end(id: string, more = false): Promise<void> {
    ends.get(id)?.(more);
    await new Promise(setImmediate);
  }

  async function failAt(id: string): Promise<void> {
    turns.offer([customer(id)]);
    lanes.at(-1)?.failed(now);
    await end(id);
  }

  it('give a place that is free to whoever has none, however long others wait', async () => {
    const slow = ['a', 'b', 'c'].flatMap((sharer) =>
      Array.from({ length: 8 }, (_, number) => customer(`${sharer}${number}`, sharer)),
    );
    turns.offer([customer('quick')]);
    await end('quick');
    turns.offer(slow);
    expect(served).to.have.length(13);
    // Half of the others were never served.
    turns.offer([...slow, customer('quick')]);
    await end('a0', true);
    expect(served.at(-1)).to.equal('quick');
  });

  it('share places evenly where all begin at once', () => {
    const many = Array.from({ length: 4 }, (_, number) => customer(`a${number}`, 'a'));
    turns.offer([...many, ...'bcdefghijkl'.split('').map((id) => customer(id))]);
    expect(served).to.have.members([...'bcdefghijkl'.split(''), 'a0']);
  });

  it('come at once after what people have set was changed', async () => {
    await failAt('hook');
    turns.offer([customer('hook')]);
    expect(served).to.have.length(1);
    turns.offer([customer('hook', 'hook', 2)]);
    expect(served).to.have.length(2);
  });

  it('are no more often for who changes it again and again', async () => {
    turns.offer([customer('hook')]);
    for (let message = 0; message < 2; message += 1) lanes[0]?.used(now);
    await end('hook');
    turns.offer([customer('hook', 'hook', 2)]);
    expect(served).to.have.length(1);
  });

  it('forget who has not come for long, and nobody before', async () => {
    await failAt('hook');
    now = 3_600_000;
    turns.offer([]);
    await failAt('hook');
    expect(lanes[1]).to.equal(lanes[0]);
    now = 4 * 3_600_000;
    turns.offer([]);
    await failAt('hook');
    expect(lanes[2]).not.to.equal(lanes[0]);
  });
});

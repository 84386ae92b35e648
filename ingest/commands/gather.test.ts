import { expect } from 'chai';

import { gather } from './gather.ts';

async function* numbers(count: number, fail = false): AsyncGenerator<number> {
  for (let number = 1; number <= count; number += 1) yield await Promise.resolve(number);
  if (fail) throw new Error('lost');
}

describe('gather', () => {
  it('gives all that is there at once, in order, and no more than asked for', async () => {
    const lists: number[][] = [];
    for await (const list of gather(numbers(7), 3)) lists.push(list);
    expect(lists).to.deep.equal([[1, 2, 3], [4, 5, 6], [7]]);
  });

  it('does not wait for what is not there yet', async () => {
    const more = Promise.withResolvers<undefined>();
    async function* slow(): AsyncGenerator<number> {
      yield 1;
      await more.promise;
      yield 2;
    }
    const lists = gather(slow(), 10);
    expect((await lists.next()).value).to.deep.equal([1]);
    more.resolve(undefined);
    expect((await lists.next()).value).to.deep.equal([2]);
    expect((await lists.next()).done).to.equal(true);
  });

  it('fails as its source does, after what came before', async () => {
    const seen: number[] = [];
    const read = async (): Promise<void> => {
      for await (const list of gather(numbers(3, true), 10)) {
        seen.push(...list);
        await new Promise(setImmediate);
      }
    };
    const error = await read().catch((cause: unknown) => cause);
    expect(error).to.be.instanceOf(Error).with.property('message', 'lost');
    expect(seen).to.deep.equal([1, 2, 3]);
  });
});

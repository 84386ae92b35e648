import { expect } from 'chai';
import fc from 'fast-check';
import { effectScope } from 'vue';

import { usePages } from './use-pages.ts';

/** A list that grows at its head, as the gateway serves it: newest first, a cursor is the last number of its page. */
function stand(pageSize: number, count: number) {
  const server = { newest: count, down: false };
  const scope = effectScope();
  const pages = scope.run(() =>
    usePages<number>(({ cursor }) => {
      if (server.down) return Promise.reject(new Error('down'));
      const from = cursor === undefined ? server.newest : Number(cursor) - 1;
      const items = Array.from({ length: Math.min(pageSize, from) }, (_, index) => from - index);
      const last = items.at(-1) ?? 1;
      return Promise.resolve({ items, next: last > 1 ? String(last) : null });
    }),
  );
  if (pages === undefined) throw new Error('the scope has ended');
  const end = (): void => {
    scope.stop();
  };
  return { pages, server, end };
}

describe('a list that is fetched page by page', () => {
  it('keeps no gap between its pages, however much is new when it is fetched again', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.oneof(fc.constant('more'), fc.constant('refresh'), fc.integer({ min: 1, max: 40 })), {
          maxLength: 12,
        }),
        async (pageSize, steps) => {
          const { pages, server, end } = stand(pageSize, 30);
          await pages.restart();
          for (const step of steps) {
            if (typeof step === 'number') server.newest += step;
            else if (step === 'refresh') await pages.refresh();
            else if (pages.next.value !== null) await pages.more();
          }
          const shown = pages.items.value;
          expect(shown).to.deep.equal(shown.map((_, index) => (shown[0] ?? 0) - index));
          await pages.refresh();
          expect(pages.items.value[0]).to.equal(server.newest);
          end();
        },
      ),
    );
  });

  it('does not lose a fetch that a further page came between', async () => {
    const { pages, server, end } = stand(3, 9);
    await pages.restart();
    server.newest = 20;
    const refreshed = pages.refresh();
    await pages.more();
    await refreshed;
    expect(pages.items.value).to.deep.equal([20, 19, 18, 17, 16, 15]);
    end();
  });

  it('keeps what it shows when the gateway does not answer, says why, and is right the next time', async () => {
    const { pages, server, end } = stand(3, 9);
    await pages.restart();
    server.down = true;
    server.newest = 10;
    await pages.refresh();
    expect(pages.items.value).to.deep.equal([9, 8, 7]);
    expect(pages.problem.value?.detail).to.equal('down');
    server.down = false;
    await pages.more();
    expect(pages.items.value.slice(0, 3)).to.deep.equal([10, 9, 8]);
    expect(pages.problem.value).to.equal(undefined);
    end();
  });
});

import { expect } from 'chai';

import { gatherNews } from './gather-news.ts';

function stand() {
  const tasks: (() => void)[] = [];
  const fetches: (() => void)[] = [];
  const news = gatherNews(
    () =>
      new Promise((resolve) => {
        fetches.push(resolve);
      }),
    (task) => {
      tasks.push(task);
      return () => tasks.splice(tasks.indexOf(task), 1);
    },
  );
  return {
    ...{ news, fetches, tasks },
    /** As the clock does. */
    pass: () => tasks.shift()?.(),
    answer: async () => {
      fetches.at(-1)?.();
      await new Promise((resolve) => setTimeout(resolve));
    },
  };
}

describe('news of what is shown', () => {
  it('are one fetch when they come together', () => {
    const { news, fetches, tasks, pass } = stand();
    for (let count = 0; count < 100; count += 1) news.note();
    expect(tasks).to.have.length(1);
    pass();
    expect(fetches).to.have.length(1);
  });

  it('are fetched once more when they come while the answer is on its way', async () => {
    const { news, fetches, tasks, pass, answer } = stand();
    news.note();
    pass();
    news.note();
    expect(tasks, 'one fetch at a time').to.have.length(0);
    await answer();
    pass();
    expect(fetches).to.have.length(2);
    await answer();
    expect(tasks, 'nothing new since').to.have.length(0);
  });

  it('are of no interest any more once the page is left', async () => {
    const { news, tasks, fetches, pass, answer } = stand();
    news.note();
    news.end();
    expect(tasks).to.have.length(0);
    const other = stand();
    other.news.note();
    other.pass();
    other.news.note();
    other.news.end();
    await other.answer();
    expect(other.tasks).to.have.length(0);
    pass();
    await answer();
    expect(fetches).to.have.length(0);
  });
});

function turn(): Promise<undefined> {
  return new Promise((resolve) => {
    setImmediate(resolve, undefined);
  });
}

/**
 * Gives what comes one by one in lists of all that is there: who is slow falls behind no further. It asks ahead, so whoever
 * stops early has to end the source: it does not wait for that.
 */
export async function* gather<Item>(source: AsyncIterable<Item>, most: number): AsyncGenerator<Item[]> {
  const iterator = source[Symbol.asyncIterator]();
  const ask = (): Promise<IteratorResult<Item>> => {
    const asked = iterator.next();
    // It may fail while the reader is busy; whoever asks for it then is told.
    asked.catch(() => undefined);
    return asked;
  };
  let next = ask();
  try {
    for (let first = await next; first.done !== true; first = await next) {
      const items = [first.value];
      next = ask();
      while (items.length < most) {
        const more = await Promise.race([next.catch(() => undefined), turn()]);
        if (more === undefined || more.done === true) break;
        items.push(more.value);
        next = ask();
      }
      yield items;
    }
  } finally {
    iterator.return?.().catch(() => undefined);
  }
}

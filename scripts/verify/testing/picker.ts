import type { World } from './world.ts';

export function sure<Item>(item: Item | undefined): Item {
  if (item === undefined) throw new RangeError('there is nothing to tamper with');
  return item;
}

/** Picks by numbers that fast-check makes, so that it can shrink them. */
export class Picker {
  readonly #numbers: number[];
  constructor(numbers: readonly number[]) {
    this.#numbers = [...numbers];
  }
  index(length: number): number {
    return (this.#numbers.shift() ?? 0) % length;
  }
  from<Item>(items: readonly Item[]): Item {
    return sure(items[this.index(items.length)]);
  }
  two<Item>(items: readonly Item[]): [Item, Item] {
    const first = this.index(items.length);
    const second = (first + 1 + this.index(Math.max(1, items.length - 1))) % items.length;
    return [sure(items[first]), sure(items[second])];
  }

  /** Takes one out of the list. */
  remove<Item>(items: Item[]): Item {
    return sure(items.splice(this.index(items.length), 1)[0]);
  }
}

/** Changes a world, and tells what verify has to say; undefined when this world has nothing to change that way. */
export type Tampering = (world: World, pick: Picker) => string[] | undefined;

import { z } from 'zod';

import { Sign, signSchema } from './sign.ts';

/** What is looked at, the plainest first: it gives the reason when several are as rare. */
export const SIGNS = ['value', 'step', 'few', 'many', 'spread', 'centre'] as const;
export type SignName = (typeof SIGNS)[number];
/** After how many readings it can be judged: some 16 that owe nothing to each other. */
const NEEDS: Readonly<Sizes> = { value: 150, step: 150, few: 150, many: 1024, spread: 384, centre: 150 };
/** How far each is from its middle. */
export type Sizes = Record<SignName, number>;

export const signsSchema = z.strictObject({
  value: signSchema,
  step: signSchema,
  few: signSchema,
  many: signSchema,
  spread: signSchema,
  centre: signSchema,
});
type SignsState = z.infer<typeof signsSchema>;

export interface Rarest {
  readonly name: SignName;
  readonly decades: number;
}

/** All signs of a sensor. */
export class Signs {
  readonly #signs: Readonly<Record<SignName, Sign>>;

  constructor(saved?: SignsState) {
    this.#signs = {
      value: new Sign(saved?.value),
      step: new Sign(saved?.step),
      few: new Sign(saved?.few),
      many: new Sign(saved?.many),
      spread: new Sign(saved?.spread),
      centre: new Sign(saved?.centre),
    };
  }

  /** @param count of readings so far */
  rarest(sizes: Sizes, count: number): Rarest {
    let name: SignName = 'value';
    let most = 0;
    for (const candidate of SIGNS) {
      if (count < NEEDS[candidate]) continue;
      const decades = this.#signs[candidate].decades(sizes[candidate]);
      if (decades > most) [name, most] = [candidate, decades];
    }
    return { name, decades: most };
  }

  /** Between what sizes a sign is not as rare as that. */
  range(name: SignName, decades: number): { low: number; high: number } {
    return this.#signs[name].range(decades);
  }

  learn(sizes: Sizes, memory: number): void {
    for (const name of SIGNS) this.#signs[name].learn(sizes[name], memory);
  }

  save(): SignsState {
    return {
      value: this.#signs.value.save(),
      step: this.#signs.step.save(),
      few: this.#signs.few.save(),
      many: this.#signs.many.save(),
      spread: this.#signs.spread.save(),
      centre: this.#signs.centre.save(),
    };
  }
}

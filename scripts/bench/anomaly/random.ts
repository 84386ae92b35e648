export interface Random {
  uniform(): number;
  normal(): number;
}

/** Marsaglia's xorshift32, and Box and Muller's normal deviates. */
export function randomOf(seed: number): Random {
  let state = Math.imul(seed + 1, 0x9e37_79b1) | 1;
  const uniform = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return ((state >>> 0) + 0.5) / 2 ** 32;
  };
  for (let turn = 0; turn < 16; turn += 1) uniform();
  return {
    uniform,
    normal: () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()),
  };
}

/** Never below 0, and now and then very large. */
export const heavy = (random: Random, shape: number): number => random.uniform() ** -shape - 1;

/** Student's t with three degrees of freedom: now and then far off. */
export function wild(random: Random): number {
  const square = (random.normal() ** 2 + random.normal() ** 2 + random.normal() ** 2) / 3;
  return random.normal() / Math.sqrt(square);
}

import { networkOf, type Quota, RateLimit } from '../http/rate-limit.ts';

export interface SignInQuotas {
  /** Failures of one name from one network: slows guessing without locking the person out everywhere. */
  pair: Quota;
  /** Failures of one network under any names: slows trying one password on many names. */
  network: Quota;
  /** Failures of one name from anywhere: slows guessing from many networks. */
  name: Quota;
}

export const SIGN_IN_QUOTAS: SignInQuotas = {
  pair: { points: 10, seconds: 300 },
  network: { points: 100, seconds: 300 },
  name: { points: 200, seconds: 300 },
};

/** Slows down guessing of passwords. Attempts count before they are judged, so that many at once do not slip by. */
export class SignInLimits {
  readonly #pair: RateLimit;
  readonly #network: RateLimit;
  readonly #name: RateLimit;

  constructor(quotas: SignInQuotas = SIGN_IN_QUOTAS) {
    this.#pair = new RateLimit(quotas.pair);
    this.#network = new RateLimit(quotas.network);
    this.#name = new RateLimit(quotas.name);
  }

  /** @throws BiotError RATE_LIMITED */
  async attempt(name: string, address: string): Promise<void> {
    const network = networkOf(address);
    await this.#network.consume(network);
    await this.#pair.consume(`${name} ${network}`);
    await this.#name.consume(name);
  }

  /** The attempt was right: it is no guess, and does not count. */
  async succeeded(name: string, address: string): Promise<void> {
    const network = networkOf(address);
    await this.#pair.forget(`${name} ${network}`);
    await this.#network.giveBack(network);
    await this.#name.giveBack(name);
  }
}

import { createHmac, createSecretKey, randomBytes } from 'node:crypto';

import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

import { Refusal } from './problem.ts';

export interface Quota {
  points: number;
  seconds: number;
}

const BUCKETS = 0x1_0000;

/**
 * Counts what each key does in a window of time, in bounded memory: keys share 65,536 buckets. Which keys share one
 * depends on a secret of this process, so nobody can choose a name that fills another's bucket.
 */
export class RateLimit {
  readonly #limiter: RateLimiterMemory;
  readonly #secret = createSecretKey(randomBytes(32));

  constructor({ points, seconds }: Quota) {
    this.#limiter = new RateLimiterMemory({ points, duration: seconds });
  }

  /** @throws Refusal RATE_LIMITED, with Retry-After */
  async consume(key: string): Promise<void> {
    try {
      await this.#limiter.consume(this.#bucket(key));
    } catch (cause) {
      throw cause instanceof RateLimiterRes ? tooMany(cause.msBeforeNext) : cause;
    }
  }

  async giveBack(key: string): Promise<void> {
    await this.#limiter.reward(this.#bucket(key));
  }

  async forget(key: string): Promise<void> {
    await this.#limiter.delete(this.#bucket(key));
  }

  #bucket(key: string): number {
    return createHmac('sha256', this.#secret).update(key).digest().readUInt32BE() % BUCKETS;
  }
}

function tooMany(msBeforeNext: number): Refusal {
  const seconds = Math.max(1, Math.ceil(msBeforeNext / 1000));
  return new Refusal('RATE_LIMITED', `try again in ${seconds} s`, {
    headers: { 'Retry-After': String(seconds) },
  });
}

/**
 * Whom an address stands for. Whoever has one IPv6 address usually has its whole /64 network, so that counts as one
 * (RFC 6177); an IPv4 address mapped into IPv6 counts as itself.
 */
export function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:/i, '').replace(/%.*$/, '');
  if (!plain.includes(':')) return plain;
  const [head = '', tail = ''] = plain.split('::');
  const left = head.split(':').filter((group) => group !== '');
  const right = tail.split(':').filter((group) => group !== '');
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0');
  return [...left, ...zeros, ...right].slice(0, 4).join(':');
}

import { setTimeout as delay } from 'node:timers/promises';

import { createDeviceToken } from '../../../ingest/device/token.ts';
import { median, percentile } from '../statistics.ts';
import type { HttpMeasured, HttpWork, Target } from './http-work.ts';
import { HttpsClient } from './https-client.ts';

/** Tokens that are signed before a round, a second of it: more than can be used, or the round ends early. */
const TOKENS_PER_SECOND = 4_000;

const OK = 200;

type Side = 'ours' | 'plain';

/** Devices that ask as much as they can, and then at half of that rate. Each request has a token of its own. */
export class HttpLoad {
  readonly #work: HttpWork;
  readonly #client: HttpsClient;
  #failures = 0;
  #talker = 0;

  constructor(work: HttpWork) {
    this.#work = work;
    this.#client = new HttpsClient(work.authority, work.connections);
  }

  async measure(): Promise<HttpMeasured> {
    const rates = { ours: [] as number[], plain: [] as number[] };
    const shares: number[] = [];
    for (let round = 0; round <= this.#work.rounds; round += 1) {
      for (const side of ['ours', 'plain'] as const) {
        const { rate, processor } = await this.#asMuchAsPossible(this.#work[side]);
        if (round === 0) continue;
        rates[side].push(rate);
        if (side === 'ours') shares.push(processor);
      }
    }
    const ours = { rates: rates.ours, ...(await this.#atHalf('ours', rates.ours)) };
    const plain = { rates: rates.plain, ...(await this.#atHalf('plain', rates.plain)) };
    this.#client.close();
    return { ours, plain, failures: this.#failures, processor: median(shares) };
  }

  async #asMuchAsPossible(target: Target): Promise<{ rate: number; processor: number }> {
    const { connections, roundMs } = this.#work;
    const tokens = await this.#sign((TOKENS_PER_SECOND * roundMs) / 1000);
    const used = process.cpuUsage();
    const began = performance.now();
    let asked = 0;
    const askOnAndOn = async (): Promise<void> => {
      for (let token = tokens.pop(); token !== undefined; token = tokens.pop()) {
        if (performance.now() - began > roundMs) return;
        await this.#ask(target, token);
        asked += 1;
      }
    };
    await Promise.all(Array.from({ length: connections }, askOnAndOn));
    const took = performance.now() - began;
    const { user, system } = process.cpuUsage(used);
    return { rate: (1000 * asked) / took, processor: (user + system) / 1000 / took };
  }

  /** By the clock, whether earlier requests are answered or not: who waits is counted from when the request was due. */
  async #atHalf(side: Side, rates: readonly number[]): Promise<{ p50: number; p99: number }> {
    const rate = median(rates) / 2;
    const count = Math.max(1, Math.floor((rate * this.#work.halfRateMs) / 1000));
    const tokens = await this.#sign(count);
    const began = performance.now();
    const latencies: number[] = [];
    const asking: Promise<void>[] = [];
    for (const [index, token] of tokens.entries()) {
      const due = began + (1000 * index) / rate;
      const wait = due - performance.now();
      if (wait > 1) await delay(wait);
      asking.push(
        this.#ask(this.#work[side], token).then(() => {
          latencies.push(performance.now() - due);
        }),
      );
    }
    await Promise.all(asking);
    return { p50: median(latencies), p99: percentile(latencies, 0.99) };
  }

  async #ask(target: Target, token: string): Promise<void> {
    if ((await this.#client.get(target, token)) !== OK) this.#failures += 1;
  }

  async #sign(count: number): Promise<string[]> {
    const tokens: string[] = [];
    const { talkers } = this.#work;
    for (let signed = 0; signed < count; signed += 1) {
      this.#talker = (this.#talker + 1) % talkers.length;
      const talker = talkers[this.#talker];
      if (talker !== undefined) tokens.push(await createDeviceToken({ ...talker, now: Date.now() }));
    }
    return tokens;
  }
}

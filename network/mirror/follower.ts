import type { Logger } from 'pino';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { LedgerError } from '../ledger/client.ts';
import type { MirrorClock } from './clock.ts';
import type { MirroredRegistry } from './mirrored-registry.ts';
import { type Fill, fillRegistry, type MirrorClient } from './registry-fill.ts';

export interface FollowerOptions {
  readonly client: MirrorClient;
  readonly registry: MirroredRegistry;
  readonly clock: MirrorClock;
  readonly log: Pick<Logger, 'info' | 'warn' | 'debug'>;
}

const SHORTEST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1_000;
/** Blocks that the peer has and does not send for so long will not come by this stream any more. */
const STALL_MS = 10_000;

/** Brings the registry up to date and keeps it there by the channel's blocks, connecting again for ever. */
export class Follower {
  readonly #options: FollowerOptions;
  #stream = new AbortController();
  #progressAt = 0;
  #failures = 0;
  #connected = false;
  /** Set when a block could not be applied: only reading everything again helps. */
  #mustRefill = false;

  constructor(options: FollowerOptions) {
    this.#options = options;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      try {
        await this.#follow(signal);
      } catch (error) {
        this.#reportLoss(error);
      }
      const pause = Math.min(SHORTEST_PAUSE_MS * 2 ** this.#failures, LONGEST_PAUSE_MS);
      this.#failures += 1;
      // Several processes lose a peer at once and should not all come back to it at once.
      await clock.sleep(pause * (0.5 + Math.random() / 2), signal);
    }
  }

  /** Gives up the stream when the peer has blocks and sends none; `run` then makes another. */
  restartIfStalled(): void {
    const { registry, clock } = this.#options;
    if (registry.behind && clock.monotonicMs() - this.#progressAt > STALL_MS) this.#stream.abort();
  }

  /** Returns only when the signal was aborted. */
  async #follow(signal: AbortSignal): Promise<void> {
    const { client, registry } = this.#options;
    registry.verifyChain(await client.chain('registry'));
    const { state, completeWith } = await this.#begin();
    const publishWhenComplete = (): void => {
      if (state !== registry.state && state.applied >= completeWith) registry.publish(state);
    };
    publishWhenComplete();
    this.#stream = new AbortController();
    this.#reportConnection(state.applied);
    const either = AbortSignal.any([signal, this.#stream.signal]);
    for await (const block of client.blocks('registry', { from: state.applied + 1, signal: either })) {
      this.#apply(() => {
        registry.apply(state, block);
      });
      publishWhenComplete();
    }
    if (!signal.aborted)
      throw new BiotError('LEDGER_UNAVAILABLE', 'the stream of blocks came to a standstill');
  }

  async #begin(): Promise<Fill> {
    const { client, registry, log } = this.#options;
    const { state } = registry;
    if (state !== undefined && !this.#mustRefill) return { state, completeWith: state.applied };
    const fill = await fillRegistry(client);
    this.#mustRefill = false;
    const { size: devices, rules, applied: block } = fill.state;
    log.info({ devices, rules: rules.length, block }, 'mirror filled');
    return fill;
  }

  #apply(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#mustRefill = true;
      throw error;
    }
    this.#progressAt = this.#options.clock.monotonicMs();
    this.#failures = 0;
  }

  #reportConnection(block: number): void {
    this.#progressAt = this.#options.clock.monotonicMs();
    if (!this.#connected) this.#options.log.info({ block }, 'mirror follows the ledger');
    this.#connected = true;
  }

  /** The first failure is news; that the peer is still away, seconds later, is not. */
  #reportLoss(error: unknown): void {
    const { log } = this.#options;
    const report = { ...describe(error), failures: this.#failures };
    if (this.#connected || this.#failures === 0) log.warn(report, 'mirror lost the ledger');
    else log.debug(report, 'mirror still without the ledger');
    this.#connected = false;
  }
}

/** A peer that is away needs no stack; anything else does. */
function describe(error: unknown): object {
  return error instanceof LedgerError ? { code: error.code, reason: error.message } : { err: error };
}

import type { Logger } from 'pino';
import type { Device } from '../../chaincode/protocol/device.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { LedgerBlock } from '../ledger/block-decoding.ts';
import type { MirrorClock } from './clock.ts';
import { type Freshness, FreshnessMeter, type Heartbeat } from './freshness.ts';
import { RegistryState } from './registry-state.ts';
import type { Snapshot } from './snapshot.ts';

export type ChangeListener = (devices: Device[]) => void;

interface RegistryOptions {
  readonly clock: MirrorClock;
  readonly silenceBoundMs: number;
  readonly log: Pick<Logger, 'warn' | 'error'>;
}

/** What a mirror knows at a moment: the state, of which chain it is, and how sure it is of both. */
export class MirroredRegistry {
  readonly #clock: MirrorClock;
  readonly #log: RegistryOptions['log'];
  readonly #meter: FreshnessMeter;
  readonly #listeners = new Set<ChangeListener>();
  readonly #ready = Promise.withResolvers<undefined>();
  #state: RegistryState | undefined;
  #chain: string | undefined;
  /** Whether the peer has shown, in this run, to have that chain; a snapshot alone shows nothing. */
  #verified = false;

  constructor({ clock, silenceBoundMs, log }: RegistryOptions) {
    this.#clock = clock;
    this.#log = log;
    this.#meter = new FreshnessMeter({ now: clock.monotonicMs(), boundMs: silenceBoundMs });
    // Nobody has to wait for a state; that there never came one must then not end the process.
    this.#ready.promise.catch(() => undefined);
  }

  get state(): RegistryState | undefined {
    return this.#state;
  }

  /** Resolves with the first state; rejects when `close` comes before it. */
  async ready(): Promise<void> {
    await this.#ready.promise;
  }

  close(): void {
    this.#ready.reject(new BiotError('LEDGER_UNAVAILABLE', 'the mirror was closed before it had a state'));
  }

  /** Whether the peer has blocks that were not applied yet. */
  get behind(): boolean {
    return this.#meter.behind;
  }

  freshness(): Freshness {
    return this.#meter.freshness(this.#clock.monotonicMs());
  }

  onChange(listener: ChangeListener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  restore({ chain, block, confirmedAt, ...records }: Snapshot): void {
    const ageMs = this.#clock.wallMs() - confirmedAt;
    this.#chain = chain;
    // An instant in the future: the clock was set, and how old the state is cannot be told.
    if (ageMs >= 0) this.#meter.restore(this.#clock.monotonicMs() - ageMs);
    this.publish(new RegistryState(records, block));
  }

  /** Drops the state when it is of another chain than the peer's: the channel was made anew. */
  verifyChain(chain: string): void {
    if (this.#chain !== undefined && this.#chain !== chain) {
      this.#log.warn(
        { known: this.#chain, found: chain },
        'the channel is another one: the mirror starts anew',
      );
      this.#state = undefined;
      this.#meter.reset();
    }
    this.#chain = chain;
    this.#verified = true;
  }

  /** Puts a state in the place of the one before. */
  publish(state: RegistryState): void {
    const changed = state.changesSince(this.#state);
    this.#state = state;
    this.#meter.applied(state.applied);
    this.#ready.resolve(undefined);
    this.#announce(changed);
  }

  /** @throws BiotError INTERNAL as `RegistryState.apply` does */
  apply(state: RegistryState, block: LedgerBlock): void {
    const changed = state.apply(block);
    if (state !== this.#state) return;
    this.#meter.applied(state.applied);
    this.#announce(changed);
  }

  ask(): Heartbeat {
    return this.#meter.ask(this.#clock.monotonicMs());
  }

  answer(heartbeat: Heartbeat, height: number): void {
    if (this.#verified) this.#meter.answer(heartbeat, height);
  }

  /** Undefined as long as nothing is known for sure in this run. */
  snapshot(channel: string): Snapshot | undefined {
    const { confirmedAt } = this.#meter;
    if (
      !this.#verified ||
      this.#chain === undefined ||
      this.#state === undefined ||
      confirmedAt === undefined
    ) {
      return undefined;
    }
    const ageMs = this.#clock.monotonicMs() - confirmedAt;
    return {
      channel,
      chain: this.#chain,
      block: this.#state.applied,
      confirmedAt: Math.floor(this.#clock.wallMs() - ageMs),
      devices: [...this.#state.devices()],
      types: [...this.#state.types()],
      rules: this.#state.rules,
    };
  }

  #announce(changed: Device[]): void {
    if (changed.length === 0) return;
    for (const listener of this.#listeners) {
      try {
        listener(changed);
      } catch (error) {
        // What one listener does wrong must not keep the others, or the mirror, from the change.
        this.#log.error({ err: error }, 'a listener to changes of devices failed');
      }
    }
  }
}

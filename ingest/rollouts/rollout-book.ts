import type { Rollout } from '../../chaincode/protocol/firmware/rollout.ts';

/** The ledger's rollouts by id: what devices are told is what the ledger says, never what a table says. */
export class RolloutBook {
  readonly #ask: (id: string) => Promise<Rollout>;
  readonly #rollouts = new Map<string, Rollout>();

  constructor(ask: (id: string) => Promise<Rollout>) {
    this.#ask = ask;
  }

  put(rollout: Rollout): void {
    this.#rollouts.set(rollout.id, rollout);
  }

  /** @throws BiotError NOT_FOUND, or what keeps the ledger from answering */
  async find(id: string): Promise<Rollout> {
    const known = this.#rollouts.get(id) ?? (await this.#ask(id));
    this.put(known);
    return known;
  }

  /** Blocks may have been missed: what is known may be out of date. */
  clear(): void {
    this.#rollouts.clear();
  }
}

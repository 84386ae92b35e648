import type { SignedRelease } from '../../chaincode/protocol/firmware/release.ts';
import type { FirmwareLedger } from '../ledger/firmware.ts';

/** So long a release that was withdrawn, or whose key was revoked, may still be handed out. */
const FRESH_MS = 10_000;

interface Asked {
  readonly at: number;
  readonly releases: Promise<SignedRelease[]>;
}

/**
 * What devices may have: releases that are approved, by a key that is not revoked, as two organisations' peers say. A fleet
 * that updates at once asks the ledger once in ten seconds for each type.
 */
export class Offers {
  readonly #ledger: Pick<FirmwareLedger, 'releases'>;
  readonly #clock: () => number;
  readonly #asked = new Map<string, Asked>();

  /** @param clock milliseconds since the Unix epoch */
  constructor(ledger: Pick<FirmwareLedger, 'releases'>, clock: () => number) {
    this.#ledger = ledger;
    this.#clock = clock;
  }

  /** The newest version first. @throws BiotError as the ledger does */
  async of(type: string): Promise<SignedRelease[]> {
    const known = this.#asked.get(type);
    if (known !== undefined && this.#clock() - known.at < FRESH_MS) return known.releases;
    const releases = this.#ask(type);
    this.#asked.set(type, { at: this.#clock(), releases });
    releases.catch(() => {
      if (this.#asked.get(type)?.releases === releases) this.#asked.delete(type);
    });
    return releases;
  }

  async #ask(type: string): Promise<SignedRelease[]> {
    const releases = await this.#ledger.releases(type);
    return releases.filter(({ state, key }) => state === 'approved' && key.state === 'active');
  }
}

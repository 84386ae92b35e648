import { equalBytes } from '../../chaincode/protocol/bytes.ts';
import {
  appendLeaf,
  EMPTY_FRONTIER,
  type Frontier,
  frontierRoot,
} from '../../chaincode/protocol/frontier.ts';
import { fromHex, toHex } from '../../chaincode/protocol/hash.ts';
import { type Checkpoint, type Header, headerHash, NO_PREVIOUS } from '../../chaincode/protocol/header.ts';
import type { Difference, Report } from './difference.ts';
import { placeName } from './stored.ts';

/**
 * Follows a log from its first header: checks that each continues the one before, and recomputes the root as it
 * goes, in the memory of a frontier. A checkpoint that the auditor kept is compared when its size is reached: equal
 * roots mean that today's log begins with the very headers that were there then (RFC 6962 consistency, computed
 * from all leaves instead of from a proof).
 */
export class LogFollower {
  readonly #logId: string;
  readonly #kept: Checkpoint | undefined;
  readonly #report: Report;
  #frontier: Frontier = EMPTY_FRONTIER;
  #head = NO_PREVIOUS;

  constructor(logId: string, { kept, report }: { kept?: Checkpoint | undefined; report: Report }) {
    this.#logId = logId;
    this.#kept = kept;
    this.#report = report;
  }

  /** Headers followed so far. */
  get size(): number {
    return this.#frontier.size;
  }

  follow(header: Header): void {
    const sequence = this.size;
    this.#expect(header.logId, this.#logId, 'the header names log');
    this.#expect(header.sequence, sequence, 'the header has sequence');
    this.#expect(header.previous, this.#head, 'previous does not continue the chain: it is');
    const hash = headerHash(header);
    this.#head = toHex(hash);
    this.#frontier = appendLeaf(this.#frontier, hash);
    if (this.#kept?.size === this.size) this.#compareKept(this.#kept);
  }

  /** Compares the ledger's checkpoint with what its own headers give. Call it when all of them were followed. */
  compare(checkpoint: Checkpoint): void {
    const root = toHex(frontierRoot(this.#frontier));
    const place = `${this.#logId} at size ${checkpoint.size}`;
    if (checkpoint.root !== root)
      this.#complain(place, `the checkpoint's root is ${checkpoint.root}, its headers give ${root}`);
    if (checkpoint.head !== this.#head)
      this.#complain(
        place,
        `the checkpoint's head is ${checkpoint.head}, its last header gives ${this.#head}`,
      );
  }

  #compareKept(kept: Checkpoint): void {
    if (equalBytes(frontierRoot(this.#frontier), fromHex(kept.root))) return;
    this.#report(rolledBack(kept, `its first ${kept.size} headers are not those of the checkpoint kept`));
  }

  #expect(is: string | number, expected: string | number, what: string): void {
    if (is === expected) return;
    const place = placeName({ logId: this.#logId, sequence: this.size });
    this.#complain(place, `${what} ${is}, expected was ${expected}`);
  }

  #complain(key: string, what: string): void {
    this.#report({ kind: 'inconsistent', table: 'ledger', key, what });
  }
}

export function rolledBack(kept: Checkpoint, what: string): Difference {
  return { kind: 'rolled-back', table: 'ledger', key: kept.logId, what };
}

import { decodeRawMessage } from '../../chaincode/protocol/message.ts';
import { type Numbered, rangesOf } from '../../chaincode/protocol/ranges.ts';
import { decodeWitness } from '../../chaincode/protocol/witness.ts';
import { findOverlaps, readWitnesses, type Witness } from '../../sql/queries/overlaps.ts';
import type { Queryable } from '../../sql/query.ts';
import { numberKey, type Version } from './redelivery.ts';

/** Witnesses in memory at one time: a device can make us look at many batches, but not at all of them at once. */
const WITNESSES_AT_ONCE = 8;

/** A batch whose witness copy cannot be read. */
export type DamagedWitness = Pick<Witness, 'logId' | 'sequence'>;

export interface StoredBefore {
  /** By `numberKey`. */
  readonly versions: ReadonlyMap<string, readonly Version[]>;
  readonly damaged: readonly DamagedWitness[];
}

function* readVersions(witness: Witness): Generator<[key: string, version: Version]> {
  // What was dropped by retention had older instants than anything that is accepted now: it equals no new message.
  if (witness.messages === null) return;
  const { logId, sequence } = witness;
  for (const [leaf, canonical] of decodeWitness(witness.messages).entries()) {
    yield [numberKey(decodeRawMessage(canonical)), { canonical, place: { logId, sequence, leaf } }];
  }
}

class Collector implements StoredBefore {
  readonly versions = new Map<string, Version[]>();
  readonly damaged: DamagedWitness[] = [];
  readonly #wanted: ReadonlySet<string>;

  constructor(messages: readonly Numbered[]) {
    this.#wanted = new Set(messages.map(numberKey));
  }

  /** Somebody may have changed the copy in the database. That must be noticed, and must not stop the platform. */
  add(witness: Witness): void {
    try {
      for (const [key, version] of readVersions(witness)) this.#note(key, version);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.damaged.push({ logId: witness.logId, sequence: witness.sequence });
    }
  }

  #note(key: string, version: Version): void {
    if (!this.#wanted.has(key)) return;
    const versions = this.versions.get(key);
    if (versions === undefined) this.versions.set(key, [version]);
    else versions.push(version);
  }
}

/**
 * Everything that is stored under the numbers of these messages. The witness copies tell, not the rows of
 * `telemetry`: they are what the anchored roots were computed from.
 *
 * @param transaction holds the locks of the messages' devices
 * @throws BiotError DATABASE_UNAVAILABLE or INTERNAL
 */
export async function readStoredBefore(
  transaction: Queryable,
  messages: readonly Numbered[],
): Promise<StoredBefore> {
  const collector = new Collector(messages);
  const overlaps = await findOverlaps(transaction, rangesOf(messages));
  const batches = [...new Set(overlaps.map(({ batch }) => batch))];
  for (let from = 0; from < batches.length; from += WITNESSES_AT_ONCE) {
    const witnesses = await readWitnesses(transaction, batches.slice(from, from + WITNESSES_AT_ONCE));
    for (const witness of witnesses) collector.add(witness);
  }
  return collector;
}

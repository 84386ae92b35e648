import { auditEntryPlace, hashedEntrySchema } from '../../chaincode/protocol/audit-entry.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { EntryEvidence, Evidence, Proof } from '../../chaincode/protocol/evidence.ts';
import { toHex } from '../../chaincode/protocol/hash.ts';
import { inclusionProof, leafHash } from '../../chaincode/protocol/merkle.ts';
import {
  type AttributedMessage,
  attributedMessageSchema,
  MAX_VALUES,
} from '../../chaincode/protocol/message.ts';
import { readingId, readingPlace } from '../../chaincode/protocol/reading-id.ts';
import { decodeWitness } from '../../chaincode/protocol/witness.ts';
import type { AnchorLedger } from '../../network/ledger/anchors.ts';
import type { StoredAnchor } from '../../sql/queries/anchors.ts';
import type { StoredAuditEntry } from '../../sql/queries/audit-logs.ts';
import type { StoredReading } from '../../sql/queries/telemetry.ts';
import type { Store } from '../store.ts';
import { LogTrees } from './log-trees.ts';

interface CommittedAnchor extends StoredAnchor {
  readonly transaction: string;
  readonly block: number;
}

type EvidenceStore = Pick<Store, 'readingsById' | 'auditEntry' | 'anchor' | 'witness' | 'headerHashes'>;

const CHANNEL = 'anchors';

/**
 * Puts evidence together: the message or entry as the *rows* of the database state it now, the path to its batch's root from
 * the batch's witness copy, the header and its path to the log's root, and the checkpoint as the ledger gives it.
 *
 * Nothing is checked here, on purpose. Were the message taken from the witness copy, a changed row would be shown
 * beside a proof of the original and look proven; so the row is put to the test as it stands, and whoever checks the
 * evidence, with code that is not this gateway's, sees it fail.
 */
export class EvidenceMaker {
  readonly #store: EvidenceStore;
  readonly #ledger: Pick<AnchorLedger, 'checkpoint'>;
  readonly #trees: LogTrees;

  constructor(store: EvidenceStore, ledger: Pick<AnchorLedger, 'checkpoint'>) {
    this.#store = store;
    this.#ledger = ledger;
    this.#trees = new LogTrees(store);
  }

  /**
   * @param id of a reading
   * @param visible whether the asker may know of it, or throws; asked before anything else that could tell of it
   * @throws BiotError NOT_FOUND, NOT_ANCHORED, EVIDENCE_INVALID (the database lacks what a proof needs), LEDGER_… or
   *   DATABASE_UNAVAILABLE
   */
  async make(id: bigint, visible: (row: StoredReading) => boolean): Promise<Evidence> {
    const message = await this.#message(id, visible);
    return { format: 'biot-evidence-1', message, ...(await this.#proof(readingPlace(id))) };
  }

  /** The same for an entry of the audit trail. */
  async makeForEntry(id: bigint, visible: (row: StoredAuditEntry) => boolean): Promise<EntryEvidence> {
    const row = await this.#store.auditEntry(id);
    if (row === undefined || !visible(row))
      throw new BiotError('NOT_FOUND', `there is no entry ${id.toString()}`);
    const parsed = hashedEntrySchema.strip().safeParse(row);
    if (!parsed.success)
      throw new BiotError(
        'EVIDENCE_INVALID',
        `no service can have written what the row ${id.toString()} says`,
        {
          cause: parsed.error,
        },
      );
    return {
      format: 'biot-entry-evidence-1',
      entry: parsed.data,
      ...(await this.#proof(auditEntryPlace(id))),
    };
  }

  /** From a leaf to the ledger. */
  async #proof({ batch, leaf }: { batch: bigint; leaf: number }): Promise<Proof> {
    const anchor = await this.#committedAnchor(batch);
    const path = await this.#leafPath(batch, leaf);
    const checkpoint = await this.#ledger.checkpoint(anchor.logId);
    if (checkpoint.size <= anchor.sequence) throw notAnchored(anchor);
    const logPath = await this.#trees.path(anchor.sequence, checkpoint);
    const { logId, sequence, size, root, previous, ranges, transaction, block } = anchor;
    return {
      leaf: { index: leaf, path: path.map(toHex) },
      header: { logId, sequence, size, root, previous, ranges },
      log: { path: logPath.map(toHex) },
      checkpoint,
      anchor: { channel: CHANNEL, transaction, block },
    };
  }

  async #message(id: bigint, visible: (row: StoredReading) => boolean): Promise<AttributedMessage> {
    const { batch, leaf } = readingPlace(id);
    const first = readingId({ batch, leaf, value: 0 });
    const rows = await this.#store.readingsById(first, first + BigInt(MAX_VALUES));
    const row = rows.find((candidate) => candidate.id === id);
    if (row === undefined || !visible(row))
      throw new BiotError('NOT_FOUND', `there is no reading ${id.toString()}`);
    const parsed = attributedMessageSchema.safeParse(messageOf(row, rows));
    if (parsed.success) return parsed.data;
    throw new BiotError('EVIDENCE_INVALID', `no device can have sent what the row ${id.toString()} says`, {
      cause: parsed.error,
    });
  }

  async #committedAnchor(batch: bigint): Promise<CommittedAnchor> {
    const anchor = await this.#store.anchor(batch);
    if (anchor === undefined) throw lacks(`batch ${batch.toString()} is not in the database`);
    const { transaction, block } = anchor;
    if (anchor.state !== 'committed' || transaction === null || block === null) throw notAnchored(anchor);
    return { ...anchor, transaction, block };
  }

  async #leafPath(batch: bigint, leaf: number): Promise<Uint8Array[]> {
    const witness = await this.#store.witness(batch);
    if (witness === undefined || witness === null)
      throw lacks(`the witness copy of batch ${batch.toString()} is gone`);
    try {
      return inclusionProof(decodeWitness(witness).map(leafHash), leaf);
    } catch (cause) {
      throw lacks(`the witness copy of batch ${batch.toString()} is damaged`, cause);
    }
  }
}

/** What the row itself says of message and device, with the values of all rows of its message. */
function messageOf(row: StoredReading, rows: readonly StoredReading[]): unknown {
  const { tenant, device, epoch, seq, ts } = row;
  const values = Object.fromEntries(rows.map(({ sensor, value }) => [sensor, value]));
  return { tenant, device, epoch, seq, ts, values };
}

function notAnchored({ logId, sequence }: StoredAnchor): BiotError {
  return new BiotError('NOT_ANCHORED', `header ${sequence} of ${logId} is not on the ledger yet`);
}

function lacks(message: string, cause?: unknown): BiotError {
  return new BiotError('EVIDENCE_INVALID', message, { cause });
}

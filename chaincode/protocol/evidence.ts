import { z } from 'zod';

import { encodeAuditEntry, hashedEntrySchema, type RawAuditEntry } from './audit-entry.ts';
import { equalBytes } from './bytes.ts';
import { fromHex, hashHexSchema, toHex } from './hash.ts';
import { type Checkpoint, checkpointSchema, type Header, headerHash, headerSchema } from './header.ts';
import { transactionIdSchema } from './identifiers.ts';
import { leafHash, rootFromInclusion } from './merkle.ts';
import { type AttributedMessage, attributedMessageSchema, encodeMessage, messageLeaf } from './message.ts';

const pathSchema = z.array(hashHexSchema).max(64);

/** The way from a leaf to the ledger. */
const proofShape = {
  /** The leaf's place in its batch, and the audit path to the batch's root. */
  leaf: z.strictObject({ index: z.int().min(0), path: pathSchema }),
  header: headerSchema,
  /** The audit path from the header to the root of the log at the checkpoint's size. */
  log: z.strictObject({ path: pathSchema }),
  checkpoint: checkpointSchema,
  /** Where the header stands on the channel. */
  anchor: z.strictObject({ channel: z.string(), transaction: transactionIdSchema, block: z.int().min(0) }),
};
export type Proof = Pick<Evidence, keyof typeof proofShape>;

/**
 * A file that proves one message to someone who has neither our SQL nor our word. Everything in it is the prover's
 * claim; only a checkpoint that the verifier got from a peer it trusts turns the claim into proof.
 */
export const evidenceSchema = z
  .strictObject({ format: z.literal('biot-evidence-1'), message: attributedMessageSchema, ...proofShape })
  .meta({ id: 'Evidence' });
export type Evidence = z.infer<typeof evidenceSchema>;

/** The same for one entry of the audit trail. */
export const entryEvidenceSchema = z
  .strictObject({ format: z.literal('biot-entry-evidence-1'), entry: hashedEntrySchema, ...proofShape })
  .meta({ id: 'EntryEvidence' });
export type EntryEvidence = z.infer<typeof entryEvidenceSchema>;

/** The first is about a message or an entry, whichever it is that is proven. */
export const EVIDENCE_STEPS = ['message', 'batch', 'header', 'log', 'checkpoint'] as const;
export type EvidenceStepName = (typeof EVIDENCE_STEPS)[number];

/** One step of a check: what was computed, and what it had to be equal to. */
export interface EvidenceStep {
  name: EvidenceStepName;
  ok: boolean;
  computed: string;
  expected: string;
  detail: string;
}

function step(
  name: EvidenceStepName,
  computed: Uint8Array | undefined,
  expected: string,
  detail: string,
): EvidenceStep {
  const hex = computed === undefined ? '(no such path)' : toHex(computed);
  return {
    name,
    ok: computed !== undefined && equalBytes(computed, fromHex(expected)),
    computed: hex,
    expected,
    detail,
  };
}

/** What is known about the reading from elsewhere: the row that somebody showed us. */
export interface ClaimedReading {
  device: string;
  seq: number;
  ts: number;
  sensor: string;
  value: number;
}

function states(message: AttributedMessage, claim: ClaimedReading): boolean {
  const value = Object.entries(message.values).find(([sensor]) => sensor === claim.sensor)?.[1];
  return (
    message.device === claim.device &&
    message.seq === claim.seq &&
    message.ts === claim.ts &&
    value === claim.value
  );
}

function sameCheckpoint(left: Checkpoint, right: Checkpoint): boolean {
  return left.logId === right.logId && left.size === right.size && left.root === right.root;
}

/**
 * Recomputes a proof from the message's bytes to the log's root, step by step. All steps are returned, failed ones
 * too, so that a person sees where the chain breaks.
 *
 * @param claim the reading that was shown; the evidence must be about it and nothing else
 * @param trusted the checkpoint that the verifier got from a peer by itself; without it the last step compares the
 *   evidence's own checkpoint, which then still has to be compared with the ledger
 */
export function checkEvidence(
  { message, ...proof }: Evidence,
  { claim, trusted }: { claim?: ClaimedReading; trusted?: Checkpoint } = {},
): EvidenceStep[] {
  const canonical = encodeMessage(message);
  return checkProof(proof, trusted, {
    hash: messageLeaf(canonical),
    ok: claim === undefined || states(message, claim),
    detail: `${canonical.length} canonical bytes of message ${message.seq} of ${message.device} give this leaf`,
  });
}

/** The same for an entry of the audit trail. @param claim the entry that was shown, its details as canonical JSON */
export function checkEntryEvidence(
  { entry, ...proof }: EntryEvidence,
  { claim, trusted }: { claim?: RawAuditEntry; trusted?: Checkpoint } = {},
): EvidenceStep[] {
  const canonical = encodeAuditEntry(entry);
  return checkProof(proof, trusted, {
    hash: leafHash(canonical),
    ok: claim === undefined || equalBytes(canonical, encodeAuditEntry(claim)),
    detail: `${canonical.length} canonical bytes of what ${entry.actor} did give this leaf`,
  });
}

/** A leaf that was computed, and whether it is of what was shown. */
interface ComputedLeaf {
  readonly hash: Uint8Array;
  readonly ok: boolean;
  readonly detail: string;
}

function checkProof(
  { leaf, header, log, checkpoint }: Proof,
  trusted: Checkpoint | undefined,
  { hash: leafOfContent, ok, detail }: ComputedLeaf,
): EvidenceStep[] {
  const batchRoot = rootFromInclusion({
    leaf: leafOfContent,
    index: leaf.index,
    size: header.size,
    path: leaf.path.map(fromHex),
  });
  const hash = headerHash(header);
  const logRoot = rootFromInclusion({
    leaf: hash,
    index: header.sequence,
    size: checkpoint.size,
    path: log.path.map(fromHex),
  });
  const reference = trusted ?? checkpoint;
  return [
    { name: 'message', ok, computed: toHex(leafOfContent), expected: toHex(leafOfContent), detail },
    step(
      'batch',
      batchRoot,
      header.root,
      `leaf ${leaf.index} of ${header.size}, over ${leaf.path.length} hashes`,
    ),
    headerStep(header, hash, checkpoint),
    step(
      'log',
      logRoot,
      checkpoint.root,
      `header ${header.sequence} of ${checkpoint.size}, over ${log.path.length} hashes`,
    ),
    {
      name: 'checkpoint',
      ok: sameCheckpoint(checkpoint, reference),
      computed: `${checkpoint.size}:${checkpoint.root}`,
      expected: `${reference.size}:${reference.root}`,
      detail:
        trusted === undefined
          ? 'the checkpoint that came with the evidence'
          : 'the checkpoint read from the ledger',
    },
  ];
}

function headerStep(header: Header, hash: Uint8Array, checkpoint: Checkpoint): EvidenceStep {
  // At the log's end the checkpoint names the header's hash itself; before it, only the path can.
  const expected = header.sequence === checkpoint.size - 1 ? checkpoint.head : toHex(hash);
  const result = step('header', hash, expected, `header ${header.sequence} of log ${header.logId}`);
  return { ...result, ok: result.ok && header.logId === checkpoint.logId };
}

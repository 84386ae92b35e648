import type {
  EntryEvidence,
  Evidence,
  EvidenceStep,
  EvidenceStepName,
  Proof,
} from '../../../chaincode/protocol/evidence.ts';
import type { Reading } from '../api/types.ts';
import { actionWords } from '../audit/entry-words.ts';
import { formatCount } from '../format/number.ts';
import type { Explanation } from './verification.ts';

/** How each step from the leaf on leads to the ledger; `leaf` is a message or an entry. */
const PROOF_TEXTS: Record<
  Exclude<EvidenceStepName, 'message'>,
  (proof: Proof, leaf: string) => Explanation
> = {
  batch: ({ leaf, header }, what) => ({
    title: 'The leaf leads to its batch',
    text:
      leaf.path.length === 0
        ? `It is the only ${what} of its batch, so the leaf is the root.`
        : `Hashed with ${formatCount(leaf.path.length)} neighbours, leaf ${formatCount(leaf.index)} of ${formatCount(header.size)} gives the batch’s root.`,
    result: 'root of the batch',
    failure: `The ${what} does not belong to this batch: it was changed, or it was never in it.`,
  }),
  header: ({ header }) => ({
    title: 'The batch is in its header',
    text: `Header ${formatCount(header.sequence)} of log ${header.logId} holds the root and the hash of the header before it.`,
    result: 'hash of the header',
    failure: 'The header is not the one that the log names.',
  }),
  log: ({ log, checkpoint }) => ({
    title: 'The header leads to the log',
    text:
      log.path.length === 0
        ? 'It is the log’s only header, so its hash is the root.'
        : `Hashed with ${formatCount(log.path.length)} neighbours, it gives the root over all ${formatCount(checkpoint.size)} batches.`,
    result: 'root of the log',
    failure: 'The header is not in the log, or not at this place.',
  }),
  checkpoint: ({ checkpoint }) => ({
    title: 'The ledger says the same',
    text: `The organisations’ contract computed this root itself when the log had ${formatCount(checkpoint.size)} batches.`,
    result: 'checkpoint',
    failure: 'The ledger has another log than the evidence claims.',
  }),
};

/** A step of the check in words for people who never heard of Merkle trees. */
export function explainStep({ name }: EvidenceStep, evidence: Evidence, reading: Reading): Explanation {
  if (name !== 'message') return PROOF_TEXTS[name](evidence, 'message');
  const { message } = evidence;
  return {
    title: 'The message becomes a leaf',
    text: `Message ${formatCount(message.seq)} of ${message.device}, with its instant and all its values, is written as bytes and hashed here.`,
    result: 'leaf',
    failure: difference(message, reading),
  };
}

/** The same for an entry of the audit trail. */
export function explainEntryStep({ name }: EvidenceStep, evidence: EntryEvidence): Explanation {
  if (name !== 'message') return PROOF_TEXTS[name](evidence, 'entry');
  const { actor, action } = evidence.entry;
  return {
    title: 'The entry becomes a leaf',
    text: `“${actionWords(action)}” by ${actor}, with its instant and all its details, is written as bytes and hashed here.`,
    result: 'leaf',
    failure: 'The evidence is about another entry than the one that is shown.',
  };
}

/** Wherein the message of the evidence differs from the reading that is shown. */
function difference(message: Evidence['message'], reading: Reading): string {
  const value = Object.entries(message.values).find(([sensor]) => sensor === reading.sensor)?.[1];
  if (message.seq !== reading.seq) return `The evidence is about message ${message.seq}, not ${reading.seq}.`;
  if (message.ts !== reading.ts) {
    return `Shown is ${new Date(reading.ts).toISOString()}, but the message says ${new Date(message.ts).toISOString()}.`;
  }
  if (value === undefined) return `The message has no ${reading.sensor} at all.`;
  if (value !== reading.value) {
    return `Shown is ${reading.value}, but the message has ${value}: the stored value was changed.`;
  }
  return 'The evidence is about another reading than the one that is shown.';
}

/** How to ask one's own peer for the header, relying on nobody's gateway. */
export function peerCommand({ header, anchor }: Pick<Proof, 'header' | 'anchor'>): string {
  const query = { function: 'AnchorContract:Get', Args: [header.logId, String(header.sequence)] };
  return `peer chaincode query -C ${anchor.channel} -n biot -c '${JSON.stringify(query)}'`;
}

export function evidenceFileName(evidence: Evidence | EntryEvidence): string {
  if (evidence.format === 'biot-evidence-1') {
    const { device, epoch, seq } = evidence.message;
    return `evidence-${device}-${epoch}-${seq}.json`;
  }
  const { header, leaf } = evidence;
  return `evidence-${header.logId}-${header.sequence}-${leaf.index}.json`;
}

import { hashedEntrySchema, type RawAuditEntry } from '../../../chaincode/protocol/audit-entry.ts';
import { canonicalJson } from '../../../chaincode/protocol/canonical-json.ts';
import {
  checkEntryEvidence,
  type EntryEvidence,
  entryEvidenceSchema,
} from '../../../chaincode/protocol/evidence.ts';
import type { AuditEntry } from '../api/types.ts';
import { explainEntryStep } from './explain.ts';
import { type LogSource, type Verification, verify } from './verification.ts';

export interface EntryEvidenceSource extends LogSource {
  entryProof: (entryId: string) => Promise<unknown>;
}

/** Verifies an entry of the audit trail as it is shown. @throws ApiProblem when there is no evidence (yet), or what came is none */
export function verifyEntry(
  source: EntryEvidenceSource,
  shown: AuditEntry,
): Promise<Verification<EntryEvidence>> {
  return verify(source, {
    proof: () => source.entryProof(shown.id),
    schema: entryEvidenceSchema,
    steps: (evidence, trusted) =>
      checkEntryEvidence(evidence, { claim: claimOf(shown), ...(trusted === undefined ? {} : { trusted }) }),
    explain: explainEntryStep,
  });
}

/** What is shown, as it has to have been hashed. */
function claimOf(shown: AuditEntry): RawAuditEntry {
  return hashedEntrySchema.strip().parse({ ...shown, details: canonicalJson(shown.details) });
}

import { checkEvidence, type Evidence, evidenceSchema } from '../../../chaincode/protocol/evidence.ts';
import type { Reading } from '../api/types.ts';
import { explainStep } from './explain.ts';
import { type LogSource, type Verification, verify } from './verification.ts';

/** The two questions that a verification asks the gateway. */
export interface EvidenceSource extends LogSource {
  proof: (readingId: string) => Promise<unknown>;
}

/** Verifies a reading as it is shown. @throws ApiProblem when there is no evidence (yet), or what came is none */
export function verifyReading(
  source: EvidenceSource,
  device: string,
  reading: Reading,
): Promise<Verification<Evidence>> {
  const { id, seq, ts, sensor, value } = reading;
  const claim = { device, seq, ts, sensor, value };
  return verify(source, {
    proof: () => source.proof(id),
    schema: evidenceSchema,
    steps: (evidence, trusted) =>
      checkEvidence(evidence, { claim, ...(trusted === undefined ? {} : { trusted }) }),
    explain: (step, evidence) => explainStep(step, evidence, reading),
  });
}

import {
  checkEvidence,
  evidenceSchema,
  type Evidence,
  type EvidenceStep,
} from '../../../chaincode/protocol/evidence.ts';
import { ApiProblem } from '../api/problem.ts';
import type { Checkpoint, Reading } from '../api/types.ts';

/** The two questions that a verification asks the gateway. */
export interface EvidenceSource {
  proof: (readingId: string) => Promise<unknown>;
  logs: () => Promise<{ logs: Checkpoint[] }>;
}

export interface Verification {
  evidence: Evidence;
  steps: EvidenceStep[];
  ok: boolean;
  /** Whether the ledger was asked for the checkpoint apart from the evidence and had it at the same size. */
  compared: boolean;
}

/** A log that grows while it is asked about is asked about again, so often. */
const ATTEMPTS = 3;

/**
 * Fetches the evidence for a reading and recomputes it here, against the reading as it is shown and the log as the
 * ledger has it.
 *
 * @throws ApiProblem when there is no evidence (yet), or what came is none
 */
export async function verifyReading(
  source: EvidenceSource,
  device: string,
  reading: Reading,
): Promise<Verification> {
  let verification = await attempt(source, device, reading);
  for (let tries = 1; tries < ATTEMPTS && !verification.compared; tries += 1) {
    verification = await attempt(source, device, reading);
  }
  return verification;
}

async function attempt(source: EvidenceSource, device: string, reading: Reading): Promise<Verification> {
  const evidence = parseEvidence(await source.proof(reading.id));
  const { logs } = await source.logs();
  const trusted = comparable(logs, evidence);
  const { seq, ts, sensor, value } = reading;
  const claim = { device, seq, ts, sensor, value };
  const steps = checkEvidence(evidence, { claim, ...(trusted === undefined ? {} : { trusted }) });
  return { evidence, steps, ok: steps.every((step) => step.ok), compared: trusted !== undefined };
}

/** The ledger's log, unless it has grown since: a shorter one is compared too, for it gives the evidence the lie. */
function comparable(logs: readonly Checkpoint[], { checkpoint }: Evidence): Checkpoint | undefined {
  const log = logs.find(({ logId }) => logId === checkpoint.logId);
  return log !== undefined && log.size <= checkpoint.size ? log : undefined;
}

function parseEvidence(answer: unknown): Evidence {
  const parsed = evidenceSchema.safeParse(answer);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new ApiProblem({
    code: 'EVIDENCE_INVALID',
    title: 'What came is no evidence',
    detail: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'it has an unknown form'}`,
    status: 0,
  });
}

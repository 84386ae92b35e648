import type { EntryEvidence, Evidence, EvidenceStep } from '../../../chaincode/protocol/evidence.ts';
import { ApiProblem } from '../api/problem.ts';
import type { Checkpoint } from '../api/types.ts';

/** What a verification asks the gateway apart from the evidence. */
export interface LogSource {
  logs: () => Promise<{ logs: Checkpoint[] }>;
}

export interface Explanation {
  title: string;
  text: string;
  /** What the computed hash is called. */
  result: string;
  /** Said when it fails. */
  failure: string;
}

export interface ExplainedStep extends EvidenceStep, Explanation {}

export interface Verification<Kind extends Evidence | EntryEvidence = Evidence | EntryEvidence> {
  evidence: Kind;
  steps: ExplainedStep[];
  ok: boolean;
  /** Whether the ledger was asked for the checkpoint apart from the evidence and had it at the same size. */
  compared: boolean;
}

/** How evidence of a kind is had, checked and told of. */
export interface Check<Kind extends Evidence | EntryEvidence> {
  /** The evidence as it came. */
  proof: () => Promise<unknown>;
  schema: { safeParse: (answer: unknown) => Parsed<Kind> };
  steps: (evidence: Kind, trusted: Checkpoint | undefined) => EvidenceStep[];
  explain: (step: EvidenceStep, evidence: Kind) => Explanation;
}

type Parsed<Kind> =
  | { success: true; data: Kind }
  | { success: false; error: { issues: readonly { path: readonly PropertyKey[]; message: string }[] } };

/** A log that grows while it is asked about is asked about again, so often. */
const ATTEMPTS = 3;

/**
 * Fetches evidence and recomputes it here, against what is shown and the log as the ledger has it.
 *
 * @throws ApiProblem when there is no evidence (yet), or what came is none
 */
export async function verify<Kind extends Evidence | EntryEvidence>(
  source: LogSource,
  check: Check<Kind>,
): Promise<Verification<Kind>> {
  let verification = await attempt(source, check);
  for (let tries = 1; tries < ATTEMPTS && !verification.compared; tries += 1) {
    verification = await attempt(source, check);
  }
  return verification;
}

async function attempt<Kind extends Evidence | EntryEvidence>(
  source: LogSource,
  check: Check<Kind>,
): Promise<Verification<Kind>> {
  const evidence = parseEvidence(check.schema.safeParse(await check.proof()));
  const { logs } = await source.logs();
  const trusted = comparable(logs, evidence);
  const steps = check.steps(evidence, trusted).map((step) => ({ ...step, ...check.explain(step, evidence) }));
  return { evidence, steps, ok: steps.every(({ ok }) => ok), compared: trusted !== undefined };
}

/** The ledger’s log, unless it has grown since: a shorter one is compared too, for it gives the evidence the lie. */
function comparable(
  logs: readonly Checkpoint[],
  { checkpoint }: Pick<Evidence, 'checkpoint'>,
): Checkpoint | undefined {
  const log = logs.find(({ logId }) => logId === checkpoint.logId);
  return log !== undefined && log.size <= checkpoint.size ? log : undefined;
}

function parseEvidence<Kind>(parsed: Parsed<Kind>): Kind {
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new ApiProblem({
    code: 'EVIDENCE_INVALID',
    title: 'What came is no evidence',
    detail: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'it has an unknown form'}`,
    status: 0,
  });
}

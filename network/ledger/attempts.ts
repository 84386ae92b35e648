import { othersDisagree } from './endorsement.ts';
import { LedgerError } from './ledger-error.ts';

const ATTEMPTS = 4;
const FIRST_PAUSE_MS = 50;

/** Somebody else's transaction came first; the peers left ours without effect. */
const CONFLICTS: ReadonlySet<string> = new Set(['MVCC_READ_CONFLICT', 'PHANTOM_READ_CONFLICT']);

export interface AttemptOptions {
  /** MSP id of the organisation whose peer we are connected to. */
  readonly organisation: string;
  readonly sleep: (ms: number) => Promise<unknown>;
}

/**
 * Tries up to four times what needs several peers.
 *
 * Two failures are tried again, because it is certain that the attempt had no effect and likely that the next one
 * will: a conflict with a transaction that was committed between endorsement and commit, and peers that disagree
 * because one lags behind. Each attempt is endorsed anew, so the contract checks it against the state as it is then
 * and refuses what is no longer right. All other failures go to the caller.
 */
export async function withAttempts<Result>(
  attemptOnce: () => Promise<Result>,
  { organisation, sleep }: AttemptOptions,
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await attemptOnce();
    } catch (error) {
      if (attempt === ATTEMPTS || !mayTryAgain(error, organisation)) throw error;
      // Callers that met once should not meet again: hence the random part.
      await sleep(FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.5 + Math.random()));
    }
  }
}

function mayTryAgain(error: unknown, organisation: string): boolean {
  if (!(error instanceof LedgerError)) return false;
  if (error.phase === 'endorse') return othersDisagree(error.cause, organisation);
  return error.validation !== undefined && CONFLICTS.has(error.validation);
}

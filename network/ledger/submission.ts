import type { Proposal } from '@hyperledger/fabric-gateway';
import { othersDisagree } from './endorsement.ts';
import { LedgerError, ledgerError } from './ledger-error.ts';
import { order, type OrderingContext } from './ordering.ts';

/** A transaction that is in a block and took effect. */
export interface Submission {
  /** What the contract returned. */
  readonly result: string;
  /** Fabric transaction id: 64 hex digits. */
  readonly transaction: string;
  /** Number of the block. */
  readonly block: number;
}

/** Where on the ledger a change stands. */
export type Committed = Pick<Submission, 'transaction' | 'block'>;

export interface SubmitOptions {
  /**
   * Awaited after the peers endorsed and before an orderer gets the transaction, so that its id can be stored and
   * its fate be looked up after a crash. Called once an attempt, each with another id; when it throws, nothing is
   * sent.
   */
  readonly onPrepared?: (transactionId: string) => Promise<void>;
}

export interface SubmissionContext extends SubmitOptions, OrderingContext {
  /** Makes a new proposal, with an id of its own, for each attempt. */
  readonly propose: () => Proposal;
  /** MSP id of the organisation whose peer we are connected to. */
  readonly organisation: string;
}

const ATTEMPTS = 4;
const FIRST_PAUSE_MS = 50;

/** Somebody else's transaction came first; the peers left ours without effect. */
const CONFLICTS: ReadonlySet<string> = new Set(['MVCC_READ_CONFLICT', 'PHANTOM_READ_CONFLICT']);

/**
 * Has a transaction endorsed, ordered and committed.
 *
 * Two failures are tried again here, at most three times, because it is certain that the attempt had no effect and
 * likely that the next one will: a conflict with a transaction that was committed between endorsement and commit,
 * and peers that disagree because one lags behind. Each attempt is endorsed anew, so the contract checks it against
 * the state as it is then and refuses what is no longer right. All other failures go to the caller.
 *
 * @throws LedgerError
 */
export async function submitTransaction(context: SubmissionContext): Promise<Submission> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await attemptOnce(context);
    } catch (error) {
      if (attempt === ATTEMPTS || !mayTryAgain(error, context.organisation)) throw error;
      // Callers that met once should not meet again: hence the random part.
      await context.sleep(FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.5 + Math.random()));
    }
  }
}

function mayTryAgain(error: unknown, organisation: string): boolean {
  if (!(error instanceof LedgerError)) return false;
  if (error.phase === 'endorse') return othersDisagree(error.cause, organisation);
  return error.validation !== undefined && CONFLICTS.has(error.validation);
}

async function attemptOnce(context: SubmissionContext): Promise<Submission> {
  const proposal = context.propose();
  const id = proposal.getTransactionId();
  const { organisation } = context;
  const transaction = await proposal.endorse().catch((cause: unknown) => {
    throw ledgerError({ phase: 'endorse', transaction: id, organisation, cause });
  });
  await context.onPrepared?.(id);
  const block = await order(transaction, context);
  return { result: Buffer.from(transaction.getResult()).toString('utf8'), transaction: id, block };
}

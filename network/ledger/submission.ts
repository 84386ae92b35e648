import type { Proposal } from '@hyperledger/fabric-gateway';
import { withAttempts } from './attempts.ts';
import { ledgerError } from './ledger-error.ts';
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

/**
 * Has a transaction endorsed, ordered and committed; again when it came into conflict with another, or a peer lags.
 *
 * @throws LedgerError
 */
export function submitTransaction(context: SubmissionContext): Promise<Submission> {
  return withAttempts(() => attemptOnce(context), context);
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

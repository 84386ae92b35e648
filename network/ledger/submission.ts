import { status } from '@grpc/grpc-js';
import {
  GatewayError,
  type Proposal,
  type Status,
  type SubmittedTransaction,
  type Transaction,
} from '@hyperledger/fabric-gateway';
import { othersDisagree } from './endorsement.ts';
import { LedgerError, ledgerError } from './ledger-error.ts';
import { validationName } from './validation-codes.ts';

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

export interface SubmissionContext extends SubmitOptions {
  /** Makes a new proposal, with an id of its own, for each attempt. */
  readonly propose: () => Proposal;
  /** MSP id of the organisation whose peer we are connected to. */
  readonly organisation: string;
  /** How long to wait for the block. */
  readonly commitStatusMs: number;
  readonly sleep: (ms: number) => Promise<void>;
}

const ATTEMPTS = 4;
const FIRST_PAUSE_MS = 50;

const SENDINGS = 5;
const FIRST_SENDING_PAUSE_MS = 250;

/** Somebody else's transaction came first; the peers left ours without effect. */
const CONFLICTS: ReadonlySet<string> = new Set(['MVCC_READ_CONFLICT', 'PHANTOM_READ_CONFLICT']);

/**
 * Has a transaction endorsed, ordered and committed.
 *
 * Two failures are tried again here, at most three times, because it is certain that the attempt had no effect and
 * likely that the next one will: a conflict with a transaction that was committed between endorsement and commit,
 * and peers that disagree because one lags behind. Each attempt is endorsed anew, so the contract checks it against
 * the state as it is then and refuses what is no longer right. Before that, the same transaction may be
 * sent several times (see `settle`). All other failures go to the caller.
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

/** @returns the number of the block in which the transaction took effect. */
async function order(endorsed: Transaction, context: SubmissionContext): Promise<number> {
  const { successful, code, blockNumber } = await settle(endorsed, context);
  if (successful) return Number(blockNumber);
  const validation = validationName(code);
  throw new LedgerError(
    'LEDGER_COMMIT_INVALID',
    `the peers left the transaction in block ${Number(blockNumber)} without effect: ${validation}`,
    { phase: 'commit', transaction: endorsed.getTransactionId(), validation },
  );
}

/**
 * An orderer that took a transaction may yet lose it, when the leader it was passed on to is lost. So if it is in no
 * block after a third of the time it is sent again, which is safe: a transaction takes effect in the first block that
 * has its id, and peers mark any later copy DUPLICATE_TXID.
 */
async function settle(endorsed: Transaction, context: SubmissionContext): Promise<Status> {
  const firstWaitMs = context.commitStatusMs / 3;
  const first = await send(endorsed, context);
  try {
    return await first.getStatus({ deadline: Date.now() + firstWaitMs });
  } catch (cause) {
    if (!hasStatus(cause, status.DEADLINE_EXCEEDED)) throw commitUnknown(endorsed, cause);
  }
  const second = await send(endorsed, context);
  return second
    .getStatus({ deadline: Date.now() + context.commitStatusMs - firstWaitMs })
    .catch((cause: unknown) => {
      throw commitUnknown(endorsed, cause);
    });
}

/** Orderers take nothing for some seconds while they elect a leader: they are asked again. */
async function send(endorsed: Transaction, { sleep }: SubmissionContext): Promise<SubmittedTransaction> {
  for (let sending = 1; ; sending += 1) {
    try {
      return await endorsed.submit();
    } catch (cause) {
      if (sending === SENDINGS || !hasStatus(cause, status.UNAVAILABLE)) {
        throw ledgerError({ phase: 'submit', transaction: endorsed.getTransactionId(), cause });
      }
    }
    await sleep(FIRST_SENDING_PAUSE_MS * 2 ** (sending - 1));
  }
}

function commitUnknown(endorsed: Transaction, cause: unknown): LedgerError {
  return ledgerError({ phase: 'commit', transaction: endorsed.getTransactionId(), cause });
}

function hasStatus(cause: unknown, code: status): boolean {
  return cause instanceof GatewayError && Number(code) === cause.code;
}

import { status } from '@grpc/grpc-js';
import {
  GatewayError,
  type Status,
  type SubmittedTransaction,
  type Transaction,
} from '@hyperledger/fabric-gateway';
import type { Deadlines } from './connection.ts';
import { LedgerError, ledgerError } from './ledger-error.ts';
import { validationName } from './validation-codes.ts';

export interface OrderingContext {
  readonly deadlines: Deadlines;
  readonly sleep: (ms: number) => Promise<void>;
}

const SENDINGS = 5;
const FIRST_PAUSE_MS = 250;

/**
 * Has an endorsed transaction ordered into a block.
 *
 * @returns the number of the block in which it took effect
 * @throws LedgerError LEDGER_SUBMIT_FAILED, LEDGER_COMMIT_UNKNOWN or LEDGER_COMMIT_INVALID
 */
export async function order(endorsed: Transaction, context: OrderingContext): Promise<number> {
  return outcomeOf(await settle(endorsed, context), endorsed.getTransactionId());
}

/** @throws LedgerError LEDGER_COMMIT_INVALID */
export function outcomeOf({ successful, code, blockNumber }: Status, transaction: string): number {
  if (successful) return Number(blockNumber);
  const validation = validationName(code);
  throw new LedgerError(
    'LEDGER_COMMIT_INVALID',
    `the peers left the transaction in block ${Number(blockNumber)} without effect: ${validation}`,
    { phase: 'commit', transaction, validation },
  );
}

/**
 * An orderer that took a transaction may yet lose it, when the leader it was passed on to is lost. So if it is in no
 * block after a third of the time it is sent again, which is safe: a transaction takes effect in the first block that
 * has its id, and peers mark any later copy DUPLICATE_TXID.
 */
async function settle(endorsed: Transaction, context: OrderingContext): Promise<Status> {
  const firstWaitMs = context.deadlines.commitStatus / 3;
  const first = await send(endorsed, context);
  try {
    return await first.getStatus({ deadline: Date.now() + firstWaitMs });
  } catch (cause) {
    if (!hasStatus(cause, status.DEADLINE_EXCEEDED)) throw commitUnknown(endorsed, cause);
  }
  const second = await send(endorsed, context);
  return second
    .getStatus({ deadline: Date.now() + context.deadlines.commitStatus - firstWaitMs })
    .catch((cause: unknown) => {
      throw commitUnknown(endorsed, cause);
    });
}

/** Orderers take nothing for some seconds while they elect a leader: they are asked again, as long as there is time. */
export async function send(
  endorsed: Transaction,
  { deadlines, sleep }: OrderingContext,
): Promise<SubmittedTransaction> {
  const deadline = Date.now() + deadlines.submit;
  for (let sending = 1; ; sending += 1) {
    try {
      return await endorsed.submit({ deadline });
    } catch (cause) {
      if (sending === SENDINGS || !hasStatus(cause, status.UNAVAILABLE)) {
        throw ledgerError({ phase: 'submit', transaction: endorsed.getTransactionId(), cause });
      }
    }
    await sleep(FIRST_PAUSE_MS * 2 ** (sending - 1));
  }
}

function commitUnknown(endorsed: Transaction, cause: unknown): LedgerError {
  return ledgerError({ phase: 'commit', transaction: endorsed.getTransactionId(), cause });
}

function hasStatus(cause: unknown, code: status): boolean {
  return cause instanceof GatewayError && code.valueOf() === cause.code;
}

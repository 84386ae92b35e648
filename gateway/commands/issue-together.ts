import type { Command, CommandDraft } from '../../chaincode/protocol/command/command.ts';
import { BiotError, type ErrorCode } from '../../chaincode/protocol/errors.ts';
import type { CommandLedger } from '../../network/ledger/commands.ts';

/** A command on the ledger, and the block of the transaction that says so. */
export interface Issued {
  readonly command: Command;
  readonly block: number;
}

/**
 * It may have taken effect all the same. A draft has an id, so issuing it once more either does what was not done or finds
 * what was. The ledger's client tries again by itself where nothing was changed.
 */
const UNCERTAIN: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'LEDGER_SUBMIT_FAILED',
  'LEDGER_COMMIT_UNKNOWN',
]);

/** @throws BiotError */
export async function issueTogether(
  ledger: Pick<CommandLedger, 'issue'>,
  drafts: readonly CommandDraft[],
): ReturnType<CommandLedger['issue']> {
  try {
    return await ledger.issue(drafts);
  } catch (error) {
    if (error instanceof BiotError && UNCERTAIN.has(error.code)) return ledger.issue(drafts);
    throw error;
  }
}

import { status } from '@grpc/grpc-js';
import { GatewayError } from '@hyperledger/fabric-gateway';
import { BiotError, decodeContractError, type ErrorCode } from '../../chaincode/protocol/errors.ts';

/** Where on its way a call was when it failed. Only from `submit` on may it have changed the ledger. */
export type LedgerPhase = 'evaluate' | 'endorse' | 'submit' | 'commit' | 'events';

interface Origin {
  readonly phase: LedgerPhase;
  /** The Fabric transaction that was under way; with it the caller can ask later what became of it. */
  readonly transaction?: string | undefined;
  /** MSP id of the organisation whose peer was asked: of the peers' refusals only its own is the contract's word. */
  readonly organisation?: string;
  /** Why peers refused to apply it, in Fabric's word, when they did. */
  readonly validation?: string | undefined;
  readonly cause?: unknown;
}

/**
 * A call to the ledger that failed. What a caller may conclude from `code`:
 * - a contract's own code (`TRANSITION_ILLEGAL`, …): it was refused, nothing was changed;
 * - `FORBIDDEN` is also said when the peers refuse the certificate, before any contract is asked: nothing was changed;
 * - `LEDGER_UNAVAILABLE`, `LEDGER_TIMEOUT`, `LEDGER_EVALUATE_FAILED`, `LEDGER_ENDORSE_FAILED`: nothing was changed;
 * - `LEDGER_COMMIT_INVALID`: it is in a block, and the peers left it without effect (`validation` says why);
 * - `LEDGER_SUBMIT_FAILED`, `LEDGER_COMMIT_UNKNOWN`: it may have been ordered, or may still be. Look `transaction`
 *   up, or send again what the contract takes only once.
 *
 * `cause` is the SDK's error with its gRPC status and what each peer or orderer said.
 */
export class LedgerError extends BiotError {
  readonly phase: LedgerPhase;
  readonly transaction: string | undefined;
  readonly validation: string | undefined;

  constructor(code: ErrorCode, message: string, { phase, transaction, validation, cause }: Origin) {
    super(code, message, { cause });
    this.name = 'LedgerError';
    this.phase = phase;
    this.transaction = transaction;
    this.validation = validation;
  }
}

const DID_NOT: Record<LedgerPhase, string> = {
  evaluate: 'the peer did not answer the query',
  endorse: 'the peers did not endorse the transaction',
  submit: 'no orderer confirmed that it took the transaction',
  commit: 'the peer did not say what became of the transaction',
  events: 'the peer stopped sending blocks',
};

/** Puts what the SDK threw in one phase into the words above. */
export function ledgerError(origin: Origin): LedgerError {
  const refusal = contractRefusal(origin);
  if (refusal !== undefined) return new LedgerError(refusal.code, refusal.message, origin);
  if (isTurnedAway(origin)) return new LedgerError('FORBIDDEN', TURNED_AWAY, origin);
  return new LedgerError(codeOf(origin), `${DID_NOT[origin.phase]}: ${reasonOf(origin.cause)}`, origin);
}

/** Our own peer's refusal, in the attached details or, from a query, in the status message. */
function contractRefusal({ organisation, cause }: Origin): ReturnType<typeof decodeContractError> {
  if (organisation === undefined || !(cause instanceof GatewayError)) return undefined;
  const own = cause.details.filter(({ mspId }) => mspId === organisation).map(({ message }) => message);
  return [...own, cause.message].map(decodeContractError).find((refusal) => refusal !== undefined);
}

const TURNED_AWAY =
  'the ledger does not accept the certificate that this was signed with: it was revoked, has expired, or was issued by nobody it knows';

/** fabric/core/endorser (who signed is nobody the channel knows, or no more) and core/handlers/auth/filter. */
const ACCESS_DENIED = /\baccess denied\b|\bidentity expired\b/;

const BELIEVED = 2;

/**
 * By the word of our own peer, or of two other organisations': a peer that is asked through its own gateway does not look
 * when the certificate ends. When reading it says nothing of who asks us: our own certificate may be the one that is refused.
 */
function isTurnedAway({ phase, organisation, cause }: Origin): boolean {
  if (phase !== 'endorse' || !(cause instanceof GatewayError)) return false;
  const denied = cause.details.filter(({ message }) => ACCESS_DENIED.test(message));
  const by = new Set(denied.map(({ mspId }) => mspId));
  return by.size >= BELIEVED || (organisation !== undefined && by.has(organisation));
}

function codeOf({ phase, cause }: Origin): ErrorCode {
  // Once it left for an orderer, neither a deadline nor a broken connection says that it did not arrive.
  if (phase === 'submit') return 'LEDGER_SUBMIT_FAILED';
  if (phase === 'commit') return 'LEDGER_COMMIT_UNKNOWN';
  const code = cause instanceof GatewayError ? cause.code : undefined;
  if (code === status.DEADLINE_EXCEEDED) return 'LEDGER_TIMEOUT';
  if (code === status.UNAVAILABLE || phase === 'events') return 'LEDGER_UNAVAILABLE';
  return phase === 'evaluate' ? 'LEDGER_EVALUATE_FAILED' : 'LEDGER_ENDORSE_FAILED';
}

function reasonOf(cause: unknown): string {
  if (cause instanceof GatewayError && cause.details.length > 0) {
    return cause.details.map(({ mspId, address, message }) => `${mspId} (${address}): ${message}`).join('; ');
  }
  return cause instanceof Error ? cause.message : String(cause);
}

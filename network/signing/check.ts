/**
 * What stands between a key and a gateway that lies. The gateway prepares what is to be signed; a stolen one would
 * prepare something else. So nobody signs a hash that it names: what it prepared is read, compared with what the person
 * asked for, and hashed here.
 */
import { equalBytes } from '../../chaincode/protocol/bytes.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { type LedgerAction, type Proposal, readProposal, type Signatory } from './proposal.ts';
import {
  type CommitQuestion,
  type EndorsedTransaction,
  readCommitQuestion,
  readTransaction,
} from './transaction.ts';

export interface Asked {
  readonly action: LedgerAction;
  readonly signatory: Signatory;
}

/**
 * The proposal's time is what rules about hours of the day go by, and what the ledger shows of the change. So far it may
 * be from the signer's own clock, in milliseconds.
 */
const CLOCKS_DIFFER_MS = 5 * 60_000;

/**
 * @param now milliseconds since the Unix epoch
 * @throws BiotError PREPARED_DIFFERS unless signing it does what was asked, and nothing else
 */
export function checkProposal(prepared: Uint8Array, asked: Asked, now: number): Proposal {
  const proposal = understood('proposal', () => readProposal(prepared));
  requireAsked(proposal, asked);
  if (proposal.action.code !== asked.action.code) throw differs('its code is another than yours');
  if (!isOfNow(proposal, now))
    throw differs('the proposal’s time is more than five minutes from this machine’s');
  return proposal;
}

/** @param now milliseconds since the Unix epoch */
export function isOfNow({ time }: Pick<Proposal, 'time'>, now: number): boolean {
  return Math.abs(time.seconds * 1000 + time.nanoseconds / 1_000_000 - now) <= CLOCKS_DIFFER_MS;
}

/** @throws BiotError PREPARED_DIFFERS unless it is the very proposal that was signed, as peers endorsed it */
export function checkTransaction(prepared: Uint8Array, proposal: Proposal): EndorsedTransaction {
  const transaction = understood('transaction', () => readTransaction(prepared));
  requireAsked(transaction.proposal, proposal);
  if (!equalBytes(transaction.proposal.header, proposal.header))
    throw differs('the transaction has another id or time than the proposal');
  return transaction;
}

/** @throws BiotError PREPARED_DIFFERS unless it asks for this very transaction */
export function checkCommitQuestion(prepared: Uint8Array, proposal: Proposal): CommitQuestion {
  const question = understood('question', () => readCommitQuestion(prepared));
  const { action, signatory, transactionId } = proposal;
  if (question.transactionId !== transactionId || question.channel !== action.channel)
    throw differs('it asks for another transaction');
  requireSame('signatory', question.signatory.mspId, signatory.mspId);
  requireSame('certificate', question.signatory.certificate, signatory.certificate);
  return question;
}

function requireAsked({ action, signatory }: Asked, asked: Asked): void {
  requireSame('channel', action.channel, asked.action.channel);
  requireSame('contract', action.contract, asked.action.contract);
  requireSame('method', action.method, asked.action.method);
  requireSame('number of arguments', action.arguments.length, asked.action.arguments.length);
  for (const [index, value] of action.arguments.entries())
    requireSame(`argument ${index + 1}`, value, asked.action.arguments[index]);
  requireSame('signatory', signatory.mspId, asked.signatory.mspId);
  requireSame('certificate', signatory.certificate, asked.signatory.certificate);
}

function requireSame(
  what: string,
  prepared: string | number | undefined,
  asked: string | number | undefined,
): void {
  if (prepared !== asked)
    throw differs(`its ${what} is ${shown(prepared)} where ${shown(asked)} was asked for`);
}

const MOST_SHOWN = 80;

function shown(value: string | number | undefined): string {
  return JSON.stringify(typeof value === 'string' ? value.slice(0, MOST_SHOWN) : value);
}

function understood<Value>(what: string, read: () => Value): Value {
  try {
    return read();
  } catch (cause) {
    throw differs(`the ${what} cannot be understood`, cause);
  }
}

function differs(why: string, cause?: unknown): BiotError {
  return new BiotError(
    'PREPARED_DIFFERS',
    `nothing was signed: the gateway prepared something else than was asked for: ${why}`,
    { cause },
  );
}

/** The whole way of a change that is signed away from the gateway. */
import { type Asked, checkCommitQuestion, checkProposal, checkTransaction } from './check.ts';
import type { Proposal } from './proposal.ts';
import type { EndorsedTransaction } from './transaction.ts';

/** The gateway, which prepares and passes on; nothing that it says is believed. */
export interface SigningGateway {
  prepare(asked: Asked): Promise<Uint8Array>;
  endorse(proposal: Uint8Array, signature: Uint8Array): Promise<Uint8Array>;
  submit(transaction: Uint8Array, signature: Uint8Array): Promise<Uint8Array>;
  /** Which block it is in. It is the gateway's word: who must be sure asks a peer. */
  outcome(commit: Uint8Array, signature: Uint8Array): Promise<{ block: number }>;
}

/** A key that stays where it is. @returns the signature, in Fabric's form, over SHA-256 of the bytes */
export type Signer = (bytes: Uint8Array) => Promise<Uint8Array>;

export interface SigningOptions {
  readonly asked: Asked;
  readonly gateway: SigningGateway;
  readonly sign: Signer;
  /** Milliseconds since the Unix epoch. */
  readonly clock: () => number;
  /** Shows the person what is about to be signed, as it was read from the prepared bytes; false: it is not. */
  readonly confirm: (proposal: Proposal) => Promise<boolean>;
  /** Shows what the peers computed of it, where the proposal does not say all; false: it has no effect. */
  readonly review: (transaction: EndorsedTransaction) => Promise<boolean>;
}

export interface Signed {
  readonly transaction: string;
  readonly block: number;
  /** What the contract returned: endorsed by the peers, JSON with our contracts. */
  readonly result: string;
}

/**
 * Each of three signatures is made only over what was checked to be the change that was asked for.
 *
 * @returns undefined when the person did not confirm it
 * @throws BiotError PREPARED_DIFFERS, or what the gateway answered
 */
export async function signAction(options: SigningOptions): Promise<Signed | undefined> {
  const { asked, gateway, sign, clock, confirm, review } = options;
  const prepared = await gateway.prepare(asked);
  const proposal = checkProposal(prepared, asked, clock());
  if (!(await confirm(proposal))) return undefined;
  const endorsed = await gateway.endorse(prepared, await sign(proposal.signed));
  const transaction = checkTransaction(endorsed, proposal);
  if (!(await review(transaction))) return undefined;
  const commit = await gateway.submit(endorsed, await sign(transaction.signed));
  const question = checkCommitQuestion(commit, proposal);
  const { block } = await gateway.outcome(commit, await sign(question.signed));
  return { transaction: proposal.transactionId, block, result: transaction.result };
}

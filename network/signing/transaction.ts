/** What a member signs after the peers have endorsed (fabric-protos: common/common.proto, peer/transaction.proto). */
import { equalBytes } from '../../chaincode/protocol/bytes.ts';
import { sha256 } from '../../chaincode/protocol/hash.ts';
import {
  describe,
  encodeSignatory,
  type LedgerAction,
  type Proposal,
  readContents,
  readSignatory,
  type Signatory,
} from './proposal.ts';
import { bytesField, element, Fields, malformed, message, textField, utf8Text } from './protobuf.ts';

/** A transaction that was endorsed and waits for its signature. */
export interface EndorsedTransaction {
  /** The proposal that its peers endorsed. */
  readonly proposal: Proposal;
  /** What the contract returned, and what the transaction will write if it is not overtaken. */
  readonly result: string;
  /** What the signature is made over. */
  readonly signed: Uint8Array;
}

/**
 * Reads a prepared transaction (gateway.PreparedTransaction) that nobody has signed yet. As with proposals, it has to
 * be what our own encoding gives; only what the peers endorsed is taken as they made it, as they have signed it.
 *
 * @throws BiotError MESSAGE_MALFORMED
 */
export function readTransaction(prepared: Uint8Array): EndorsedTransaction {
  const signed = new Fields(new Fields(prepared).bytes(2)).bytes(1);
  const payload = new Fields(signed);
  const action = new Fields(new Fields(new Fields(payload.bytes(2)).bytes(1)).bytes(2));
  const proposal = describe(readContents(payload.bytes(1), action.bytes(1)));
  const endorsed = readEndorsed(action.bytes(2));
  if (!equalBytes(encodeTransaction(proposal, endorsed), prepared))
    throw malformed('it holds more than a transaction of ours');
  return { proposal, result: resultOf(endorsed.response, proposal), signed };
}

/** What peers add to a proposal. */
export interface Endorsed {
  /** peer.ProposalResponsePayload */
  readonly response: Uint8Array;
  /** peer.Endorsement each */
  readonly endorsements: readonly Uint8Array[];
}

function readEndorsed(action: Uint8Array): Endorsed {
  const fields = new Fields(action);
  return { response: fields.bytes(1), endorsements: fields.list(2) };
}

/** gateway.PreparedTransaction */
export function encodeTransaction(
  { transactionId, header, payload }: Proposal,
  { response, endorsements }: Endorsed,
): Uint8Array {
  const endorsed = message(bytesField(1, response), ...endorsements.map((value) => element(2, value)));
  const action = message(bytesField(1, payload), bytesField(2, endorsed));
  const signatureHeader = new Fields(header).bytes(2);
  const transaction = element(1, message(bytesField(1, signatureHeader), bytesField(2, action)));
  const signed = message(bytesField(1, header), bytesField(2, transaction));
  return message(textField(1, transactionId), bytesField(2, bytesField(1, signed)));
}

const OK = 200;

/**
 * The contract's result. The peers' signatures cover it together with the hash of the proposal, so that what was
 * endorsed for another proposal cannot be put beside this one.
 */
function resultOf(response: Uint8Array, { header, payload }: Proposal): string {
  const fields = new Fields(response);
  if (!equalBytes(fields.bytes(1), proposalHash(header, payload)))
    throw malformed('its peers endorsed another proposal');
  const answer = new Fields(new Fields(fields.bytes(2)).bytes(3));
  if (answer.integer(1) !== OK) throw malformed('its peers did not endorse it');
  return utf8Text(answer.bytes(3));
}

/** fabric/protoutil/proputils.go, GetProposalHash1 */
export function proposalHash(header: Uint8Array, payload: Uint8Array): Uint8Array {
  const parts = new Fields(header);
  return sha256(message(parts.bytes(1), parts.bytes(2), payload));
}

/** The question what became of a transaction: peers tell only whoever signs it. */
export interface CommitQuestion {
  readonly transactionId: string;
  readonly channel: LedgerAction['channel'];
  readonly signatory: Signatory;
  /** What the signature is made over. */
  readonly signed: Uint8Array;
}

/** Reads an unsigned gateway.SignedCommitStatusRequest. @throws BiotError MESSAGE_MALFORMED */
export function readCommitQuestion(prepared: Uint8Array): CommitQuestion {
  const signed = new Fields(prepared).bytes(1);
  const fields = new Fields(signed);
  const question = {
    transactionId: fields.text(1),
    channel: fields.text(2),
    signatory: readSignatory(fields.bytes(3)),
  };
  if (!equalBytes(encodeCommitQuestion(question), prepared))
    throw malformed('it holds more than the question for a transaction');
  return { ...question, signed };
}

export function encodeCommitQuestion({
  transactionId,
  channel,
  signatory,
}: Omit<CommitQuestion, 'signed'>): Uint8Array {
  return bytesField(
    1,
    message(textField(1, transactionId), textField(2, channel), bytesField(3, encodeSignatory(signatory))),
  );
}

import type { Proposal } from '@hyperledger/fabric-gateway';
import { common, gateway, peer } from '@hyperledger/fabric-protos';
import { type AttemptOptions, withAttempts } from './attempts.ts';
import { LedgerError, ledgerError } from './ledger-error.ts';
import { type Authorities, readResponse, signerOf } from './signed-response.ts';

/** How many organisations' peers have to say the same. */
const ORGANISATIONS_NEEDED = 2;

export interface CorroborationContext extends AttemptOptions {
  /** Makes a new proposal, with an id of its own, for each attempt. */
  readonly propose: () => Proposal;
  readonly authorities: Authorities;
}

/**
 * What a contract answers by the word of two organisations, for what nobody should believe one peer alone.
 *
 * The question is put as a transaction that is endorsed as the channel demands, and sent to no orderer. We do not take
 * the word of the peer that gathers the endorsements: it could hand us what nobody endorsed, or what somebody did
 * another time. So the signatures are checked here, and that they are over the answer to this very proposal.
 *
 * @returns the contract's answer
 * @throws LedgerError with the contract's code when our own peer says that it refused; LEDGER_ENDORSE_FAILED when the
 * organisations do not say the same, or too few of them say anything
 */
export async function corroborate(context: CorroborationContext): Promise<string> {
  return withAttempts(() => attemptOnce(context), context);
}

async function attemptOnce({ propose, organisation, authorities }: CorroborationContext): Promise<string> {
  const proposal = propose();
  const transaction = await proposal.endorse().catch((cause: unknown) => {
    throw ledgerError({ phase: 'endorse', organisation, cause });
  });
  const { signed, endorsements } = endorsedIn(transaction.getBytes());
  const signers = new Set(endorsements.map((endorsement) => signerOf(signed, endorsement, authorities)));
  signers.delete(undefined);
  const response = readResponse(signed, proposalBytes(proposal));
  if (response === undefined || signers.size < ORGANISATIONS_NEEDED) {
    const message = `the peer of ${organisation} gave an answer that ${String(ORGANISATIONS_NEEDED)} organisations’ peers did not sign`;
    throw new LedgerError('LEDGER_ENDORSE_FAILED', message, { phase: 'endorse' });
  }
  return Buffer.from(response.payload).toString('utf8');
}

interface Endorsed {
  /** Bytes of the ProposalResponsePayload. */
  readonly signed: Uint8Array;
  readonly endorsements: readonly { readonly endorser: Uint8Array; readonly signature: Uint8Array }[];
}

const NOTHING: Endorsed = { signed: new Uint8Array(), endorsements: [] };

/** @param bytes of the PreparedTransaction that a peer's gateway service returned: anything at all */
function endorsedIn(bytes: Uint8Array): Endorsed {
  try {
    const envelope = gateway.PreparedTransaction.deserializeBinary(bytes).getEnvelope();
    const payload = common.Payload.deserializeBinary(envelope?.getPayload_asU8() ?? new Uint8Array());
    const [action] = peer.Transaction.deserializeBinary(payload.getData_asU8()).getActionsList();
    const content = peer.ChaincodeActionPayload.deserializeBinary(
      action?.getPayload_asU8() ?? new Uint8Array(),
    );
    const endorsed = content.getAction();
    if (endorsed === undefined) return NOTHING;
    return {
      signed: endorsed.getProposalResponsePayload_asU8(),
      endorsements: endorsed.getEndorsementsList().map((endorsement) => ({
        endorser: endorsement.getEndorser_asU8(),
        signature: endorsement.getSignature_asU8(),
      })),
    };
  } catch {
    return NOTHING;
  }
}

function proposalBytes(proposal: Proposal): Uint8Array {
  const proposed = gateway.ProposedTransaction.deserializeBinary(proposal.getBytes());
  return proposed.getProposal()?.getProposalBytes_asU8() ?? new Uint8Array();
}

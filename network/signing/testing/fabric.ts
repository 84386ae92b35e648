/** Proposals, endorsements and questions made by Fabric's own libraries, for tests: not by the code under test. */
import { connect, type Proposal } from '@hyperledger/fabric-gateway';
import { common, gateway, peer } from '@hyperledger/fabric-protos';
import { createHash } from 'node:crypto';

import type { Asked } from '../check.ts';

export const ASKED: Asked = {
  action: {
    channel: 'registry',
    contract: 'DeviceContract',
    method: 'Revoke',
    arguments: ['press-07', 'stolen, naïve “thief” 🦊'],
  },
  signatory: {
    mspId: 'OperatorMSP',
    certificate: '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n',
  },
};

/** A gateway.ProposedTransaction as the Gateway SDK makes it. */
export function proposedBySdk({ action, signatory }: Asked, options: object = {}): Proposal {
  const sdk = connect({
    // Nothing is sent.
    client: {} as never,
    identity: { mspId: signatory.mspId, credentials: Buffer.from(signatory.certificate) },
  });
  return sdk
    .getNetwork(action.channel)
    .getContract('biot', action.contract)
    .newProposal(action.method, {
      arguments: [...action.arguments],
      ...(action.code !== undefined && { transientData: { code: action.code } }),
      ...options,
    });
}

/** The parts of the prepared transaction that a peer could make otherwise. */
export interface Endorsing {
  status?: number;
  /** What the contract returned. */
  result?: string;
  proposalHash?: Uint8Array;
}

/** What a peer's Gateway service makes of an endorsed proposal: fabric/internal/pkg/gateway/endorse.go. */
export function endorsedByPeer(
  proposed: Uint8Array,
  { status = 200, result = '{"id":"press-07"}', proposalHash }: Endorsing = {},
): Uint8Array {
  const bytes = gateway.ProposedTransaction.deserializeBinary(proposed)
    .getProposal()
    ?.getProposalBytes_asU8();
  const proposal = peer.Proposal.deserializeBinary(bytes ?? new Uint8Array());
  const header = common.Header.deserializeBinary(proposal.getHeader_asU8());

  const response = new peer.Response();
  response.setStatus(status);
  response.setPayload(Buffer.from(result));
  const chaincodeAction = new peer.ChaincodeAction();
  chaincodeAction.setResults(Buffer.from('a read-write set'));
  chaincodeAction.setResponse(response);
  const responsePayload = new peer.ProposalResponsePayload();
  responsePayload.setProposalHash(proposalHash ?? hashOf(header, proposal));
  responsePayload.setExtension$(chaincodeAction.serializeBinary());

  const endorsed = new peer.ChaincodeEndorsedAction();
  endorsed.setProposalResponsePayload(responsePayload.serializeBinary());
  for (const name of ['one', 'other']) {
    const endorsement = new peer.Endorsement();
    endorsement.setEndorser(Buffer.from(`peer ${name}`));
    endorsement.setSignature(Buffer.from(`signature of ${name}`));
    endorsed.addEndorsements(endorsement);
  }
  const actionPayload = new peer.ChaincodeActionPayload();
  actionPayload.setChaincodeProposalPayload(withoutTransient(proposal));
  actionPayload.setAction(endorsed);
  return envelopeOf(header, actionPayload);
}

function hashOf(header: common.Header, proposal: peer.Proposal): Uint8Array {
  return createHash('sha256')
    .update(header.getChannelHeader_asU8())
    .update(header.getSignatureHeader_asU8())
    .update(withoutTransient(proposal))
    .digest();
}

/** fabric/protoutil/txutils.go, GetBytesProposalPayloadForTx */
function withoutTransient(proposal: peer.Proposal): Uint8Array {
  const whole = peer.ChaincodeProposalPayload.deserializeBinary(proposal.getPayload_asU8());
  const payload = new peer.ChaincodeProposalPayload();
  payload.setInput(whole.getInput_asU8());
  return payload.serializeBinary();
}

function envelopeOf(header: common.Header, actionPayload: peer.ChaincodeActionPayload): Uint8Array {
  const action = new peer.TransactionAction();
  action.setHeader(header.getSignatureHeader_asU8());
  action.setPayload(actionPayload.serializeBinary());
  const transaction = new peer.Transaction();
  transaction.addActions(action);
  const payload = new common.Payload();
  payload.setHeader(header);
  payload.setData(transaction.serializeBinary());
  const envelope = new common.Envelope();
  envelope.setPayload(payload.serializeBinary());
  const prepared = new gateway.PreparedTransaction();
  prepared.setTransactionId(common.ChannelHeader.deserializeBinary(header.getChannelHeader_asU8()).getTxId());
  prepared.setEnvelope(envelope);
  return prepared.serializeBinary();
}

/** A gateway.SignedCommitStatusRequest as the Gateway SDK makes it. */
export function questionBySdk(asked: Asked, transactionId: string): Uint8Array {
  const question = new gateway.CommitStatusRequest();
  question.setTransactionId(transactionId);
  question.setChannelId(asked.action.channel);
  question.setIdentity(creatorOf(asked));
  const signed = new gateway.SignedCommitStatusRequest();
  signed.setRequest(question.serializeBinary());
  return signed.serializeBinary();
}

function creatorOf(asked: Asked): Uint8Array {
  const bytes = proposedBySdk(asked).getBytes();
  const proposal = peer.Proposal.deserializeBinary(
    gateway.ProposedTransaction.deserializeBinary(bytes).getProposal()?.getProposalBytes_asU8() ??
      new Uint8Array(),
  );
  const header = common.Header.deserializeBinary(proposal.getHeader_asU8());
  return common.SignatureHeader.deserializeBinary(header.getSignatureHeader_asU8()).getCreator_asU8();
}

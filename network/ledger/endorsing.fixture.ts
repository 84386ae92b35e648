import { common, gateway, msp, peer } from '@hyperledger/fabric-protos';
import { createHash, sign } from 'node:crypto';
import { type Authority, certificatePem, createAuthority, issueCertificate } from '../pki/authority.ts';
import { generateKeyPair, publicKeyDer } from '../pki/keys.ts';

export interface Endorsement {
  readonly endorser: Uint8Array;
  readonly signature: Uint8Array;
}

/** An organisation's peer, which signs what it is given. */
export interface Endorser {
  readonly mspId: string;
  readonly authority: Authority;
  /** The authority's certificate (PEM). */
  readonly certificate: string;
  sign(response: Uint8Array): Endorsement;
}

interface Forgery {
  /** Whose authority issued the certificate; one of its own unless stated. */
  readonly authority?: Authority;
  readonly unit?: string;
}

export async function endorser(mspId: string, { authority, unit = 'peer' }: Forgery = {}): Promise<Endorser> {
  const issuer = authority ?? (await createAuthority(`ca.${mspId}`));
  const { privateKey, publicKey } = generateKeyPair();
  const certificate = await issueCertificate(issuer, {
    commonName: `peer.${mspId}`,
    organizationalUnit: unit,
    publicKey: publicKeyDer(publicKey),
    days: 1,
  });
  const serialized = new msp.SerializedIdentity();
  serialized.setMspid(mspId);
  serialized.setIdBytes(Buffer.from(certificate));
  const identity = serialized.serializeBinary();
  return {
    mspId,
    authority: issuer,
    certificate: certificatePem(issuer.certificate),
    sign: (response) => ({
      endorser: identity,
      signature: sign('sha256', Buffer.concat([response, identity]), privateKey),
    }),
  };
}

const CHANNEL_HEADER = Buffer.from('channel');
const SIGNATURE_HEADER = Buffer.from('creator and nonce');

/** Bytes of a Proposal. */
export function proposalAsking(question: string): Uint8Array {
  const header = new common.Header();
  header.setChannelHeader(CHANNEL_HEADER);
  header.setSignatureHeader(SIGNATURE_HEADER);
  const proposal = new peer.Proposal();
  proposal.setHeader(header.serializeBinary());
  proposal.setPayload(Buffer.from(question));
  return proposal.serializeBinary();
}

/** Bytes of the ProposalResponsePayload with which a contract's answer to `proposalAsking(question)` comes. */
export function responseTo(question: string, answer: string): Uint8Array {
  const hash = createHash('sha256').update(CHANNEL_HEADER).update(SIGNATURE_HEADER).update(question).digest();
  const response = new peer.Response();
  response.setStatus(200);
  response.setPayload(Buffer.from(answer));
  const action = new peer.ChaincodeAction();
  action.setResponse(response);
  const result = new peer.ProposalResponsePayload();
  result.setProposalHash(hash);
  result.setExtension$(action.serializeBinary());
  return result.serializeBinary();
}

/** Bytes of the PreparedTransaction that a peer's gateway service makes of endorsements. */
export function preparedTransaction(response: Uint8Array, endorsements: readonly Endorsement[]): Uint8Array {
  const endorsed = new peer.ChaincodeEndorsedAction();
  endorsed.setProposalResponsePayload(response);
  endorsed.setEndorsementsList(
    endorsements.map((each) => {
      const endorsement = new peer.Endorsement();
      endorsement.setEndorser(each.endorser);
      endorsement.setSignature(each.signature);
      return endorsement;
    }),
  );
  const content = new peer.ChaincodeActionPayload();
  content.setAction(endorsed);
  const action = new peer.TransactionAction();
  action.setPayload(content.serializeBinary());
  const transaction = new peer.Transaction();
  transaction.setActionsList([action]);
  const payload = new common.Payload();
  payload.setData(transaction.serializeBinary());
  const envelope = new common.Envelope();
  envelope.setPayload(payload.serializeBinary());
  const prepared = new gateway.PreparedTransaction();
  prepared.setEnvelope(envelope);
  return prepared.serializeBinary();
}

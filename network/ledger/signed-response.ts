/**
 * What peers sign when they execute a proposal (fabric-protos: proposal_response.proto). Whoever carries their answers
 * to us, another peer's gateway service or a proxy, can alter the bytes around it, but not these.
 */
import { common, msp, peer } from '@hyperledger/fabric-protos';
import { createHash, verify, X509Certificate } from 'node:crypto';

/** MSP id to the certificate (PEM) of the authority that issues the organisation's certificates. */
export type Authorities = ReadonlyMap<string, string>;

/** What a contract answered, as its executor signed it. */
export interface SignedResponse {
  /** 200 when the contract answered, 400 and more when it refused. */
  readonly status: number;
  readonly message: string;
  readonly payload: Uint8Array;
}

/**
 * Reads what was answered to a proposal.
 *
 * The hash of the proposal is signed with the answer, and each proposal has a nonce of its own: so an answer to another
 * question, or an older one to the same, is none to this.
 *
 * @param signed bytes of a ProposalResponsePayload
 * @param proposal bytes of the Proposal that was sent
 * @returns undefined when the bytes answer another proposal, or are no answer at all
 */
export function readResponse(signed: Uint8Array, proposal: Uint8Array): SignedResponse | undefined {
  try {
    const payload = peer.ProposalResponsePayload.deserializeBinary(signed);
    if (!proposalHash(proposal).equals(payload.getProposalHash_asU8())) return undefined;
    const action = peer.ChaincodeAction.deserializeBinary(payload.getExtension_asU8());
    const response = action.getResponse();
    return (
      response && {
        status: response.getStatus(),
        message: response.getMessage(),
        payload: response.getPayload_asU8(),
      }
    );
  } catch {
    return undefined;
  }
}

/** fabric/protoutil/txutils.go, GetProposalHash1; our proposals carry no transient data, which it leaves out. */
function proposalHash(bytes: Uint8Array): Buffer {
  const proposal = peer.Proposal.deserializeBinary(bytes);
  const header = common.Header.deserializeBinary(proposal.getHeader_asU8());
  return createHash('sha256')
    .update(header.getChannelHeader_asU8())
    .update(header.getSignatureHeader_asU8())
    .update(proposal.getPayload_asU8())
    .digest();
}

/**
 * Whose peer signed. As on the channel (`'OperatorMSP.peer'`), only a certificate that says `OU=peer` counts: an
 * organisation's people and services cannot answer for its peer.
 *
 * @param endorser bytes of the SerializedIdentity that is said to have signed
 * @returns the organisation's MSP id; undefined when the signature, or the certificate, is not what it should be
 */
export function signerOf(
  signed: Uint8Array,
  { endorser, signature }: { endorser: Uint8Array; signature: Uint8Array },
  authorities: Authorities,
): string | undefined {
  try {
    const identity = msp.SerializedIdentity.deserializeBinary(endorser);
    const authority = authorities.get(identity.getMspid());
    if (authority === undefined) return undefined;
    const certificate = new X509Certificate(identity.getIdBytes_asU8());
    const genuine =
      isPeerOf(new X509Certificate(authority), certificate) &&
      verify('sha256', Buffer.concat([signed, endorser]), certificate.publicKey, signature);
    return genuine ? identity.getMspid() : undefined;
  } catch {
    return undefined;
  }
}

function isPeerOf(authority: X509Certificate, certificate: X509Certificate): boolean {
  return (
    certificate.checkIssued(authority) &&
    certificate.verify(authority.publicKey) &&
    certificate.subject.split('\n').includes('OU=peer')
  );
}

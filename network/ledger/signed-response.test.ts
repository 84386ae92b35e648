import { common, msp, peer } from '@hyperledger/fabric-protos';
import { expect } from 'chai';
import { createHash, type KeyObject, sign } from 'node:crypto';
import { type Authority, certificatePem, createAuthority, issueCertificate } from '../pki/authority.ts';
import { generateKeyPair, publicKeyDer } from '../pki/keys.ts';
import { readResponse, signerOf } from './signed-response.ts';

function proposalAsking(question: string): Uint8Array {
  const header = new common.Header();
  header.setChannelHeader(Buffer.from('channel'));
  header.setSignatureHeader(Buffer.from('creator and nonce'));
  const proposal = new peer.Proposal();
  proposal.setHeader(header.serializeBinary());
  proposal.setPayload(Buffer.from(question));
  return proposal.serializeBinary();
}

function responseTo(proposal: Uint8Array, answer: string): Uint8Array {
  const { header, payload } = peer.Proposal.deserializeBinary(proposal).toObject();
  const parts = common.Header.deserializeBinary(Buffer.from(header as string, 'base64'));
  const hash = createHash('sha256')
    .update(parts.getChannelHeader_asU8())
    .update(parts.getSignatureHeader_asU8())
    .update(Buffer.from(payload as string, 'base64'));
  const response = new peer.Response();
  response.setStatus(200);
  response.setPayload(Buffer.from(answer));
  const action = new peer.ChaincodeAction();
  action.setResponse(response);
  const result = new peer.ProposalResponsePayload();
  result.setProposalHash(hash.digest());
  result.setExtension$(action.serializeBinary());
  return result.serializeBinary();
}

describe('a peer’s signed response', () => {
  const proposal = proposalAsking('who?');

  it('is read when it answers the proposal', () => {
    const response = readResponse(responseTo(proposal, 'me'), proposal);
    expect(Buffer.from(response!.payload).toString()).to.equal('me');
    expect(response?.status).to.equal(200);
  });

  it('is none to another proposal, and neither is what cannot be read', () => {
    expect(readResponse(responseTo(proposalAsking('what?'), 'me'), proposal)).to.equal(undefined);
    expect(readResponse(Buffer.from('nonsense'), proposal)).to.equal(undefined);
    expect(readResponse(new Uint8Array(), proposal)).to.equal(undefined);
  });

  describe('signatures', () => {
    const signed = responseTo(proposal, 'me');
    let authority: Authority;
    let authorities: Map<string, string>;

    before(async () => {
      authority = await createAuthority('ca.operator');
      authorities = new Map([['OperatorMSP', certificatePem(authority.certificate)]]);
    });

    async function identity({
      by = authority,
      unit = 'peer',
      mspId = 'OperatorMSP',
    }: { by?: Authority; unit?: string; mspId?: string } = {}): Promise<{
      endorser: Uint8Array;
      key: KeyObject;
    }> {
      const { privateKey, publicKey } = generateKeyPair();
      const certificate = await issueCertificate(by, {
        commonName: 'peer.operator',
        organizationalUnit: unit,
        publicKey: publicKeyDer(publicKey),
        usages: [],
        days: 1,
      });
      const serialized = new msp.SerializedIdentity();
      serialized.setMspid(mspId);
      serialized.setIdBytes(Buffer.from(certificate));
      return { endorser: serialized.serializeBinary(), key: privateKey };
    }

    const signature = (endorser: Uint8Array, key: KeyObject): Buffer =>
      sign('sha256', Buffer.concat([signed, endorser]), key);

    it('are those of the organisation whose peer made them', async () => {
      const { endorser, key } = await identity();
      const endorsement = { endorser, signature: signature(endorser, key) };
      expect(signerOf(signed, endorsement, authorities)).to.equal('OperatorMSP');
      expect(signerOf(responseTo(proposal, 'you'), endorsement, authorities)).to.equal(undefined);
      expect(signerOf(signed, endorsement, new Map())).to.equal(undefined);
    });

    it('are nobody’s with a certificate of another authority, another unit, or another organisation’s name', async () => {
      const stranger = await createAuthority('ca.operator');
      authorities.set('AuditorMSP', certificatePem((await createAuthority('ca.auditor')).certificate));
      for (const forged of [{ by: stranger }, { unit: 'client' }, { mspId: 'AuditorMSP' }]) {
        const { endorser, key } = await identity(forged);
        expect(signerOf(signed, { endorser, signature: signature(endorser, key) }, authorities)).to.equal(
          undefined,
        );
      }
    });

    it('are nobody’s when another key made them, or there is no certificate', async () => {
      const { endorser } = await identity();
      const { key } = await identity();
      expect(signerOf(signed, { endorser, signature: signature(endorser, key) }, authorities)).to.equal(
        undefined,
      );
      const nonsense = Buffer.from('nonsense');
      expect(signerOf(signed, { endorser: nonsense, signature: nonsense }, authorities)).to.equal(undefined);
    });
  });
});

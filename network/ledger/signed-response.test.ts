import { expect } from 'chai';
import { type Endorser, endorser, proposalAsking, responseTo } from './endorsing.fixture.ts';
import { readResponse, signerOf } from './signed-response.ts';

describe('a peer’s signed response', () => {
  const proposal = proposalAsking('who?');
  const signed = responseTo('who?', 'me');

  it('is read when it answers the proposal', () => {
    const response = readResponse(signed, proposal);
    expect(Buffer.from(response?.payload ?? []).toString()).to.equal('me');
    expect(response?.status).to.equal(200);
  });

  it('is none to another proposal, and neither is what cannot be read', () => {
    expect(readResponse(responseTo('what?', 'me'), proposal)).to.equal(undefined);
    expect(readResponse(Buffer.from('nonsense'), proposal)).to.equal(undefined);
    expect(readResponse(new Uint8Array(), proposal)).to.equal(undefined);
    expect(readResponse(signed, Buffer.from('nonsense'))).to.equal(undefined);
  });

  describe('has a signature that', () => {
    let operator: Endorser;
    let authorities: Map<string, string>;

    before(async () => {
      operator = await endorser('OperatorMSP');
      const auditor = await endorser('AuditorMSP');
      authorities = new Map([operator, auditor].map(({ mspId, certificate }) => [mspId, certificate]));
    });

    it('is that of the organisation whose peer made it, over these very bytes', () => {
      const endorsement = operator.sign(signed);
      expect(signerOf(signed, endorsement, authorities)).to.equal('OperatorMSP');
      expect(signerOf(responseTo('who?', 'you'), endorsement, authorities)).to.equal(undefined);
      expect(signerOf(signed, endorsement, new Map())).to.equal(undefined);
    });

    it('is nobody’s with a certificate of another authority or unit, or in another organisation’s name', async () => {
      const forgers = [
        await endorser('OperatorMSP'),
        await endorser('OperatorMSP', { authority: operator.authority, unit: 'client' }),
        await endorser('AuditorMSP', { authority: operator.authority }),
      ];
      for (const forger of forgers)
        expect(signerOf(signed, forger.sign(signed), authorities)).to.equal(undefined);
    });

    it('is nobody’s when another key made it, or there is no certificate', async () => {
      const other = await endorser('OperatorMSP', { authority: operator.authority });
      const mixed = { ...operator.sign(signed), signature: other.sign(signed).signature };
      expect(signerOf(signed, mixed, authorities)).to.equal(undefined);
      const nonsense = Buffer.from('nonsense');
      expect(signerOf(signed, { endorser: nonsense, signature: nonsense }, authorities)).to.equal(undefined);
    });
  });
});

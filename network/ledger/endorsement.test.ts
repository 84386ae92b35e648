import { status } from '@grpc/grpc-js';
import { expect } from 'chai';
import { othersDisagree } from './endorsement.ts';
import { gatewayError, NOT_ENDORSED, refusal, saidBy, TOO_FEW_ENDORSED } from './gateway-errors.fixture.ts';

const OWN = 'OperatorMSP';
const disagreement = (...details: ReturnType<typeof saidBy>[]): boolean =>
  othersDisagree(gatewayError(status.ABORTED, TOO_FEW_ENDORSED, details), OWN);

describe('disagreement of endorsing peers', () => {
  it('is when other organisations’ contracts refuse what our own endorsed', () => {
    expect(disagreement(saidBy('AuditorMSP', refusal('DEVICE_UNKNOWN', 'which?')))).to.be.true;
  });

  it('is when the peers computed different results, whoever is named', () => {
    expect(disagreement(saidBy(OWN, 'ProposalResponsePayloads do not match'))).to.be.true;
  });

  it('is when one lags and another is away', () => {
    expect(
      disagreement(
        saidBy('AuditorMSP', refusal('DEVICE_UNKNOWN', 'which?')),
        saidBy('ManufacturerMSP', 'connection refused'),
      ),
    ).to.be.true;
  });

  it('is not when our own contract refused', () => {
    const details = [saidBy(OWN, refusal('DEVICE_UNKNOWN', 'which?'))];
    expect(othersDisagree(gatewayError(status.ABORTED, NOT_ENDORSED, details), OWN)).to.be.false;
  });

  it('is not when the others are merely away', () => {
    expect(disagreement(saidBy('AuditorMSP', 'connection refused'))).to.be.false;
  });

  it('is not in errors of any other kind', () => {
    expect(othersDisagree(new Error('socket hang up'), OWN)).to.be.false;
  });
});

import { status } from '@grpc/grpc-js';
import { expect } from 'chai';
import { gatewayError, NOT_ENDORSED, refusal, saidBy, TOO_FEW_ENDORSED } from './gateway-errors.fixture.ts';
import { ledgerError, type LedgerPhase } from './ledger-error.ts';

const organisation = 'OperatorMSP';

describe('ledger errors', () => {
  const table: [LedgerPhase, status, string][] = [
    ['evaluate', status.UNAVAILABLE, 'LEDGER_UNAVAILABLE'],
    ['evaluate', status.DEADLINE_EXCEEDED, 'LEDGER_TIMEOUT'],
    ['evaluate', status.ABORTED, 'LEDGER_EVALUATE_FAILED'],
    ['endorse', status.UNAVAILABLE, 'LEDGER_UNAVAILABLE'],
    ['endorse', status.DEADLINE_EXCEEDED, 'LEDGER_TIMEOUT'],
    ['endorse', status.FAILED_PRECONDITION, 'LEDGER_ENDORSE_FAILED'],
    ['submit', status.ABORTED, 'LEDGER_SUBMIT_FAILED'],
    ['submit', status.UNAVAILABLE, 'LEDGER_SUBMIT_FAILED'],
    ['submit', status.DEADLINE_EXCEEDED, 'LEDGER_SUBMIT_FAILED'],
    ['commit', status.UNAVAILABLE, 'LEDGER_COMMIT_UNKNOWN'],
    ['commit', status.DEADLINE_EXCEEDED, 'LEDGER_COMMIT_UNKNOWN'],
    ['events', status.UNAVAILABLE, 'LEDGER_UNAVAILABLE'],
    ['events', status.DATA_LOSS, 'LEDGER_UNAVAILABLE'],
  ];
  for (const [phase, code, expected] of table) {
    it(`calls ${status[code]} in ${phase} ${expected}`, () => {
      const cause = gatewayError(code, 'so it was');
      const error = ledgerError({ phase, organisation, transaction: 'ab12', cause });
      expect(error).to.include({ code: expected, phase, transaction: 'ab12', cause });
      expect(error.message).to.contain('so it was');
    });
  }

  it('gives a query that the contract refused the contract’s own code and words', () => {
    const text = `evaluate call to endorser returned error: ${refusal('DEVICE_UNKNOWN', 'the ledger knows no x')}`;
    const error = ledgerError({ phase: 'evaluate', organisation, cause: gatewayError(status.UNKNOWN, text) });
    expect(error).to.include({ code: 'DEVICE_UNKNOWN', message: 'the ledger knows no x' });
  });

  it('finds the refusal of a transaction in the details that its peer attached', () => {
    const details = [saidBy(organisation, refusal('TRANSITION_ILLEGAL', 'it is revoked'))];
    const cause = gatewayError(status.ABORTED, NOT_ENDORSED, details);
    expect(ledgerError({ phase: 'endorse', organisation, cause })).to.include({
      code: 'TRANSITION_ILLEGAL',
      message: 'it is revoked',
    });
  });

  it('does not take the refusal of another organisation’s peer for the contract’s word', () => {
    const details = [saidBy('AuditorMSP', refusal('DEVICE_UNKNOWN', 'never heard of it'))];
    const cause = gatewayError(status.ABORTED, TOO_FEW_ENDORSED, details);
    const error = ledgerError({ phase: 'endorse', organisation, cause });
    expect(error.code).to.equal('LEDGER_ENDORSE_FAILED');
    expect(error.message).to.contain('AuditorMSP (127.0.0.1:7051)').and.to.contain('never heard of it');
  });

  for (const said of [
    'error validating proposal: access denied: channel [registry] creator org [AuditorMSP]',
    'rpc error: code = Unknown desc = proposal client identity expired',
  ]) {
    it(`tells a member whose certificate our peer or two others refuse: ${said}`, () => {
      const error = (...organisations: string[]): Error => {
        const details = organisations.map((mspId) => saidBy(mspId, said));
        const cause = gatewayError(status.ABORTED, NOT_ENDORSED, details);
        return ledgerError({ phase: 'endorse', organisation, cause });
      };
      expect(error(organisation)).to.have.property('code', 'FORBIDDEN');
      expect(error(organisation).message).to.contain('does not accept the certificate');
      expect(error('AuditorMSP', 'ManufacturerMSP')).to.have.property('code', 'FORBIDDEN');
      expect(error('AuditorMSP', 'AuditorMSP')).to.have.property('code', 'LEDGER_ENDORSE_FAILED');
    });
  }

  it('does not believe a code that is none of ours', () => {
    const details = [saidBy(organisation, refusal('TOTALLY_FINE', 'go on'))];
    const cause = gatewayError(status.ABORTED, NOT_ENDORSED, details);
    expect(ledgerError({ phase: 'endorse', organisation, cause }).code).to.equal('LEDGER_ENDORSE_FAILED');
  });

  it('tells nothing as certain about what is no gRPC status at all', () => {
    const cause = new TypeError('the response was empty');
    expect(ledgerError({ phase: 'evaluate', organisation, cause }).code).to.equal('LEDGER_EVALUATE_FAILED');
    expect(ledgerError({ phase: 'commit', organisation, cause }).code).to.equal('LEDGER_COMMIT_UNKNOWN');
  });
});

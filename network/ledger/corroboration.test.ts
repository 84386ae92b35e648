import { status } from '@grpc/grpc-js';
import type { Proposal, Transaction } from '@hyperledger/fabric-gateway';
import { gateway, peer } from '@hyperledger/fabric-protos';
import { expect } from 'chai';
import { corroborate } from './corroboration.ts';
import {
  type Endorsement,
  type Endorser,
  endorser,
  preparedTransaction,
  proposalAsking,
  responseTo,
} from './endorsing.fixture.ts';
import { gatewayError, refusal, saidBy, TOO_FEW_ENDORSED } from './gateway-errors.fixture.ts';
import { LedgerError } from './ledger-error.ts';

const QUESTION = 'GetProposal';

/** What the peer's gateway service gives for one proposal: a prepared transaction, or an error. */
type Outcome = Uint8Array | Error;

function proposal(outcome: Outcome): Proposal {
  const signedProposal = new peer.SignedProposal();
  signedProposal.setProposalBytes(proposalAsking(QUESTION));
  const proposed = new gateway.ProposedTransaction();
  proposed.setProposal(signedProposal);
  const transaction = { getBytes: () => outcome } as unknown as Transaction;
  return {
    getBytes: () => proposed.serializeBinary(),
    endorse: () => (outcome instanceof Error ? Promise.reject(outcome) : Promise.resolve(transaction)),
  } as unknown as Proposal;
}

describe('the word of two organisations', () => {
  const honest = responseTo(QUESTION, 'as it is');
  const doctored = responseTo(QUESTION, 'as the peer would have it');
  let operator: Endorser;
  let auditor: Endorser;
  let authorities: Map<string, string>;

  before(async () => {
    [operator, auditor] = await Promise.all([endorser('OperatorMSP'), endorser('AuditorMSP')]);
    authorities = new Map([operator, auditor].map(({ mspId, certificate }) => [mspId, certificate]));
  });

  /** Through the operator's peer, which gives one outcome an attempt. */
  function asked(...outcomes: Outcome[]): Promise<string> {
    return corroborate({
      propose: () => proposal(outcomes.shift() ?? new Error('asked once too often')),
      organisation: 'OperatorMSP',
      authorities,
      sleep: () => Promise.resolve(),
    });
  }

  async function failure(...outcomes: Outcome[]): Promise<string> {
    const error: unknown = await asked(...outcomes).catch((caught: unknown) => caught);
    if (error instanceof LedgerError) return error.code;
    throw new Error(`it did not fail: ${String(error)}`);
  }

  const both = (response: Uint8Array): Endorsement[] => [operator.sign(response), auditor.sign(response)];

  it('is the answer that both signed', async () => {
    expect(await asked(preparedTransaction(honest, both(honest)))).to.equal('as it is');
  });

  it('is not what one of them signed, once or twice, or in another’s name', async () => {
    const twin = await endorser('OperatorMSP', { authority: operator.authority });
    const impostor = await endorser('AuditorMSP', { authority: operator.authority });
    const client = await endorser('AuditorMSP', { authority: auditor.authority, unit: 'client' });
    for (const second of [undefined, operator, twin, impostor, client]) {
      const endorsements = [operator, second].flatMap((each) => each?.sign(doctored) ?? []);
      expect(await failure(preparedTransaction(doctored, endorsements))).to.equal('LEDGER_ENDORSE_FAILED');
    }
  });

  it('is not what they signed when something else was answered', async () => {
    expect(await failure(preparedTransaction(doctored, both(honest)))).to.equal('LEDGER_ENDORSE_FAILED');
    const own = [operator.sign(doctored), auditor.sign(honest)];
    expect(await failure(preparedTransaction(doctored, own))).to.equal('LEDGER_ENDORSE_FAILED');
  });

  it('is not what they answered to another question, or another time', async () => {
    const other = responseTo('another question', 'as it is');
    expect(await failure(preparedTransaction(other, both(other)))).to.equal('LEDGER_ENDORSE_FAILED');
  });

  it('is not what cannot be read', async () => {
    for (const bytes of [new Uint8Array(), Buffer.from('nonsense'), preparedTransaction(honest, [])])
      expect(await failure(bytes)).to.equal('LEDGER_ENDORSE_FAILED');
  });

  it('is waited for while another’s peer lags, and not when a peer is down', async () => {
    const lag = gatewayError(status.ABORTED, TOO_FEW_ENDORSED, [
      saidBy('AuditorMSP', refusal('NOT_FOUND', 'no such proposal')),
    ]);
    expect(await asked(lag, lag, preparedTransaction(honest, both(honest)))).to.equal('as it is');
    expect(await failure(gatewayError(status.UNAVAILABLE, 'connection refused'))).to.equal(
      'LEDGER_UNAVAILABLE',
    );
  });

  it('is the contract’s refusal when it refuses', async () => {
    const refused = gatewayError(status.ABORTED, TOO_FEW_ENDORSED, [
      saidBy('OperatorMSP', refusal('NOT_FOUND', 'no such proposal')),
    ]);
    expect(await failure(refused)).to.equal('NOT_FOUND');
  });
});

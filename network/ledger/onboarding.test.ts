import { expect } from 'chai';
import type { Claim } from '../../chaincode/protocol/onboarding/claim.ts';
import type { Voucher } from '../../chaincode/protocol/onboarding/voucher.ts';
import type { ContractClient, LedgerCall } from './client.ts';
import { claimLedger, voucherLedger } from './onboarding.ts';

const ID = 'a'.repeat(64);
const AT = '2026-01-01T00:00:00.000Z';
const RECORD = {
  id: ID,
  org: 'OperatorMSP',
  state: 'open' as const,
  expiresAt: AT,
  created: { name: 'admin@operator', org: 'OperatorMSP', at: AT, transaction: ID },
  ended: null,
  reason: null,
};
const CLAIM: Claim = {
  ...RECORD,
  device: { id: 'press-07', tenant: 'acme', type: 'press', groups: [], tags: {} },
  keyFingerprint: null,
};
const VOUCHER: Voucher = { ...RECORD, devices: ['a'], to: null };

/** A contract that answers everything alike, and keeps what it was called with. */
class FakeContract implements ContractClient {
  readonly calls: LedgerCall[] = [];
  readonly #answer: unknown;

  constructor(answer: unknown) {
    this.#answer = answer;
  }

  evaluate(call: LedgerCall): Promise<string> {
    this.calls.push(call);
    return Promise.resolve(JSON.stringify(this.#answer));
  }

  submit(call: LedgerCall): Promise<{ result: string; transaction: string; block: number }> {
    this.calls.push(call);
    return Promise.resolve({ result: JSON.stringify(this.#answer), transaction: ID, block: 7 });
  }
}

describe('claims and vouchers on the ledger', () => {
  it('send a code as transient data, and never as an argument', async () => {
    const claims = new FakeContract({ claim: CLAIM, device: null });
    await claimLedger(claims)
      .redeem('THE-CODE', 'a key')
      .catch(() => undefined);
    const vouchers = new FakeContract({ voucher: VOUCHER, devices: [] });
    await voucherLedger(vouchers).redeem('THE-CODE', { tenant: 'works' });
    expect(claims.calls).to.deep.equal([
      {
        channel: 'registry',
        contract: 'ClaimContract',
        transaction: 'Redeem',
        args: ['a key'],
        transient: { code: 'THE-CODE' },
      },
    ]);
    expect(vouchers.calls[0]?.transient).to.deep.equal({ code: 'THE-CODE' });
    expect(vouchers.calls[0]?.args).to.deep.equal(['{"tenant":"works"}']);
  });

  it('tell the place of what they change', async () => {
    const claims = claimLedger(new FakeContract(CLAIM));
    expect(await claims.withdraw(ID, 'lost')).to.deep.equal({ claim: CLAIM, transaction: ID, block: 7 });
    const vouchers = voucherLedger(new FakeContract(VOUCHER));
    expect(await vouchers.withdraw(ID, 'lost')).to.deep.equal({
      voucher: VOUCHER,
      transaction: ID,
      block: 7,
    });
  });

  it('ask without writing', async () => {
    const contract = new FakeContract(CLAIM);
    expect(await claimLedger(contract).get(ID)).to.deep.equal(CLAIM);
    expect(contract.calls).to.deep.equal([
      { channel: 'registry', contract: 'ClaimContract', transaction: 'Get', args: [ID] },
    ]);
  });
});

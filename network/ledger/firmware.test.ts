import { expect } from 'chai';
import {
  approvedRelease,
  newVendor,
  releaseDraft,
  vendorKeyDraft,
} from '../../chaincode/protocol/testing/firmware.ts';
import type { CorroboratingClient, LedgerCall } from './client.ts';
import { firmwareLedger } from './firmware.ts';

const TRANSACTION = 'a'.repeat(64);
const VENDOR = newVendor();
const DRAFT = releaseDraft(VENDOR, Buffer.from('an image'));
const RELEASE = approvedRelease(VENDOR, DRAFT);
const place = { transaction: TRANSACTION, block: 7 };

/** A contract that answers so; one peer's word is asked for nothing. */
function contract(answer: unknown): CorroboratingClient & { readonly calls: LedgerCall[] } {
  const calls: LedgerCall[] = [];
  const result = JSON.stringify(answer);
  return {
    calls,
    evaluate: () => Promise.reject(new Error('one peer’s word')),
    corroborate: (call) => (calls.push(call), Promise.resolve(result)),
    submit: (call) => (calls.push(call), Promise.resolve({ result, ...place })),
  };
}

function called(transaction: string, ...args: string[]): LedgerCall[] {
  return [{ channel: 'registry', contract: 'FirmwareContract', transaction, args }];
}

describe('firmware on the ledger', () => {
  it('is read by the word of two organisations', async () => {
    const one = contract(RELEASE);
    expect(await firmwareLedger(one).release(RELEASE.id)).to.deep.equal(RELEASE);
    expect(one.calls).to.deep.equal(called('Get', RELEASE.id));
    const all = contract([RELEASE]);
    expect(await firmwareLedger(all).releases('thermometer')).to.deep.equal([RELEASE]);
    await firmwareLedger(all).releases();
    expect(all.calls).to.deep.equal([...called('List', 'thermometer'), ...called('List', '')]);
    const keys = contract([RELEASE.key]);
    expect(await firmwareLedger(keys).keys()).to.deep.equal([RELEASE.key]);
    expect(keys.calls).to.deep.equal(called('VendorKeys'));
  });

  it('is changed by transactions, whose place they tell', async () => {
    const fake = contract(RELEASE);
    const ledger = firmwareLedger(fake);
    expect(await ledger.publish(DRAFT)).to.deep.equal({ release: RELEASE, ...place });
    await ledger.approve(RELEASE.id);
    await ledger.reject(RELEASE.id, 'no');
    await ledger.withdraw(RELEASE.id, 'stop');
    expect(fake.calls).to.deep.equal([
      ...called('Publish', JSON.stringify(DRAFT)),
      ...called('Approve', RELEASE.id),
      ...called('Reject', RELEASE.id, 'no'),
      ...called('Withdraw', RELEASE.id, 'stop'),
    ]);
  });

  it('is signed by keys that are registered and revoked', async () => {
    const fake = contract(RELEASE.key);
    const draft = vendorKeyDraft(VENDOR, 'ManufacturerMSP');
    expect(await firmwareLedger(fake).registerKey(draft)).to.deep.equal({ key: RELEASE.key, ...place });
    await firmwareLedger(fake).revokeKey(VENDOR.id, 'stolen');
    expect(fake.calls).to.deep.equal([
      ...called('RegisterVendorKey', JSON.stringify(draft)),
      ...called('RevokeVendorKey', VENDOR.id, 'stolen'),
    ]);
  });

  it('is not believed that is none', async () => {
    const asked = firmwareLedger(contract({ ...RELEASE, state: 'good' })).release(RELEASE.id);
    const code = await asked.then(
      () => 'believed',
      (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
    );
    expect(code).to.equal('INTERNAL');
  });
});

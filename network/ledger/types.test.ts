import { expect } from 'chai';
import type { DeviceType } from '../../chaincode/protocol/device-type.ts';
import type { ContractClient, LedgerCall } from './client.ts';
import { typeLedger } from './types.ts';

const ID = 'a'.repeat(64);
const DEFINITION = {
  name: 'press',
  description: 'of a test',
  sensors: [{ name: 'power', unit: 'W', minimum: 0, maximum: null, dataType: 'number' }],
} satisfies Partial<DeviceType>;
const TYPE: DeviceType = {
  ...DEFINITION,
  org: 'OperatorMSP',
  version: 1,
  updatedAt: '2026-01-01T00:00:00.000Z',
  by: 'admin@operator',
  transaction: ID,
};

/** A contract that answers so, and keeps what it was called with. */
function contract(answer: unknown): ContractClient & { readonly calls: LedgerCall[] } {
  const calls: LedgerCall[] = [];
  const result = JSON.stringify(answer);
  return {
    calls,
    evaluate: (call) => (calls.push(call), Promise.resolve(result)),
    submit: (call) => (calls.push(call), Promise.resolve({ result, transaction: ID, block: 7 })),
  };
}

const onRegistry = { channel: 'registry', contract: 'TypeContract' };

describe('types on the ledger', () => {
  it('are put by transactions, whose place they tell', async () => {
    const fake = contract(TYPE);
    expect(await typeLedger(fake).put(DEFINITION)).to.deep.equal({ type: TYPE, transaction: ID, block: 7 });
    const args = [JSON.stringify(DEFINITION)];
    expect(fake.calls).to.deep.equal([{ ...onRegistry, transaction: 'Put', args }]);
  });

  it('are read one by one, or all', async () => {
    const one = contract(TYPE);
    expect(await typeLedger(one).get('press')).to.deep.equal(TYPE);
    expect(one.calls).to.deep.equal([{ ...onRegistry, transaction: 'Get', args: ['press'] }]);
    const all = contract([TYPE]);
    expect(await typeLedger(all).list()).to.deep.equal([TYPE]);
    expect(all.calls).to.deep.equal([{ ...onRegistry, transaction: 'List', args: [] }]);
  });

  it('are not believed in another form', async () => {
    const error: unknown = await typeLedger(contract([{ ...TYPE, version: '1' }]))
      .list()
      .catch((caught: unknown) => caught);
    expect(error).to.have.property('code', 'INTERNAL');
  });
});

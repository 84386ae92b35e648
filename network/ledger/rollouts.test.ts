import { expect } from 'chai';

import { ledgerRollout, rolloutDraft } from '../../chaincode/protocol/testing/rollouts.ts';
import type { ContractClient, LedgerCall } from './client.ts';
import { rolloutLedger } from './rollouts.ts';

const ROLLOUT = ledgerRollout();
const place = { transaction: 'a'.repeat(64), block: 7 };

describe('rollouts on the ledger', () => {
  it('are changed by transactions, whose place they tell, and read', async () => {
    const calls: LedgerCall[] = [];
    const result = JSON.stringify(ROLLOUT);
    const ledger = rolloutLedger({
      evaluate: (call) => (calls.push(call), Promise.resolve(result)),
      submit: (call) => (calls.push(call), Promise.resolve({ result, ...place })),
    } satisfies ContractClient);
    const draft = rolloutDraft({ release: ROLLOUT.release });
    expect(await ledger.create(draft)).to.deep.equal({ rollout: ROLLOUT, ...place });
    await ledger.approve(ROLLOUT.id);
    await ledger.pause(ROLLOUT.id, 'hot');
    await ledger.resume(ROLLOUT.id);
    await ledger.cancel(ROLLOUT.id, 'a mistake');
    expect(await ledger.get(ROLLOUT.id)).to.deep.equal(ROLLOUT);
    expect(calls.map(({ transaction, args }) => [transaction, ...args])).to.deep.equal([
      ['Create', JSON.stringify(draft)],
      ['Approve', ROLLOUT.id],
      ['Pause', ROLLOUT.id, 'hot'],
      ['Resume', ROLLOUT.id],
      ['Cancel', ROLLOUT.id, 'a mistake'],
      ['Get', ROLLOUT.id],
    ]);
  });
});

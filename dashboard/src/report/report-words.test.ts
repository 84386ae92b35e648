import { expect } from 'chai';

import {
  comparedWords,
  fateOf,
  nothingUntold,
  outcomesOf,
  rolloutsHint,
  untoldNote,
} from './report-words.ts';

describe('what a report says that it looked at', () => {
  it('is how many headers were compared, and how many are not on the ledger yet', () => {
    const whole = { batches: 3, compared: 3 };
    expect(comparedWords([whole, { batches: 2, compared: 2 }])).to.include('compared with the ledger’s: 5,');
    expect(comparedWords([whole])).not.to.include('Not on the ledger yet');
    expect(comparedWords([whole, { batches: 2, compared: 1 }])).to.include('Not on the ledger yet: 1.');
  });

  it('is how many rollouts there were, and that not all are listed', () => {
    const rollouts = { created: 3, started: 2, finished: 1, stopped: 1, cancelled: 0, listedCut: false };
    expect(rolloutsHint(rollouts)).to.equal(
      '3 created, 2 started, 1 finished, 1 stopped by themselves, 0 cancelled.',
    );
    expect(rolloutsHint({ ...rollouts, listedCut: true })).to.match(
      /There are more; the newest are listed\.$/,
    );
  });

  it('is what became of a rollout and of its devices', () => {
    const running = { state: 'running' as const, finishedAt: null, changedBy: null, reason: null };
    expect(fateOf(running)).to.equal('running');
    const cancelled = {
      ...running,
      state: 'cancelled' as const,
      changedBy: 'admin@operator',
      reason: 'a mistake',
    };
    expect(fateOf(cancelled)).to.equal('cancelled, last changed by admin@operator: a mistake');
    expect(outcomesOf({ succeeded: 7, failed: 2, rolledBack: 0, untold: 1 })).to.equal(
      '7 succeeded, 2 failed, 1 not told',
    );
  });

  it('is no more than the transactions that were looked for', () => {
    const all = { lookedFor: 2, lookedForCut: false, untoldTotal: 0, untold: [] };
    expect([untoldNote(all), nothingUntold(all)]).to.deep.equal(['', 'The trail names every transaction.']);
    const cut = { lookedFor: 1_000, lookedForCut: true, untoldTotal: 250, untold: Array(100) };
    expect(untoldNote(cut)).to.match(/Only the newest 1.000 transactions.+There are 250; the newest/);
    expect(nothingUntold(cut)).to.equal('The trail names every transaction that was looked for.');
  });
});

import { expect } from 'chai';

import type { Action, Proposal } from '../api/types.ts';
import { proposalChoice } from './proposal-actions.ts';

const proposed = {
  name: 'admin@operator',
  org: 'OperatorMSP',
  role: 'admin',
  attributes: {},
  at: '2026-01-01T00:00:00Z',
  transaction: 'ab',
} as const;
const waiting: Pick<Proposal, 'status' | 'proposed'> = { status: 'proposed', proposed };
const all = (): boolean => true;
const only =
  (...actions: Action[]) =>
  (action: Action): boolean =>
    actions.includes(action);

function verbs(...question: Parameters<typeof proposalChoice>): string[] {
  return proposalChoice(...question).verbs.map(({ verb }) => verb);
}

describe('what may be done with a proposal', () => {
  it('is to approve or reject it, in another organisation', () => {
    expect(verbs(waiting, { org: 'ManufacturerMSP' }, all)).to.deep.equal(['approve', 'reject']);
    expect(proposalChoice(waiting, { org: 'ManufacturerMSP' }, all).note).to.equal('');
  });

  it('is only to withdraw it in the same organisation, which is told why', () => {
    const { note } = proposalChoice(waiting, { org: 'OperatorMSP' }, all);
    expect(verbs(waiting, { org: 'OperatorMSP' }, all)).to.deep.equal(['withdraw']);
    expect(note).to.match(/^Operator, your own organisation, .* a member of another one has to approve/);
  });

  it('is nothing for those whom the rules do not let, who are told for whom it waits', () => {
    expect(verbs(waiting, { org: 'AuditorMSP' }, only('policy:read'))).to.deep.equal([]);
    expect(proposalChoice(waiting, { org: 'AuditorMSP' }, only('policy:read')).note).to.include(
      'outside Operator',
    );
    expect(verbs(waiting, { org: 'OperatorMSP' }, only('policy:approve'))).to.deep.equal([]);
    expect(verbs(waiting, { org: 'ManufacturerMSP' }, only('policy:propose'))).to.deep.equal([]);
  });

  it('is nothing any more once it is decided, or for nobody', () => {
    for (const status of ['applied', 'rejected', 'withdrawn'] as const)
      expect(proposalChoice({ status, proposed }, { org: 'ManufacturerMSP' }, all)).to.deep.equal({
        verbs: [],
        note: '',
      });
    expect(verbs(waiting, undefined, all)).to.deep.equal([]);
  });
});

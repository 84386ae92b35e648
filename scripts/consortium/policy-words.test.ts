import { expect } from 'chai';

import type { PolicyChange } from '../../chaincode/protocol/policy/change.ts';
import type { Deed, Proposal } from '../../chaincode/protocol/policy/proposal.ts';
import type { Rule } from '../../chaincode/protocol/policy/rule.ts';
import { explanationText, isMade, missingApproval, openProposal, proposalText } from './policy-words.ts';

const RULE: Rule = {
  id: 'night-shift',
  effect: 'deny',
  description: 'Devices rest at night',
  who: { roles: ['operator'] },
  actions: ['device:activate'],
  what: {},
  when: { daily: { from: '22:00', to: '05:00' } },
};
/** All of it but what stands before it. */
const SHOWN = {
  description: RULE.description,
  who: RULE.who,
  actions: RULE.actions,
  what: RULE.what,
  when: RULE.when,
};
const CHANGE: PolicyChange = { put: [RULE], remove: ['old'] };
const ID = 'a'.repeat(64);

function deed(name: string, org: string): Deed {
  return { name, org, at: '2026-01-01T00:00:00.000Z', transaction: ID };
}

function proposal(changes: Partial<Proposal> = {}): Proposal {
  return {
    id: ID,
    change: CHANGE,
    reason: 'rest',
    status: 'proposed',
    needsApproval: true,
    expiresAt: '2026-01-31T00:00:00.000Z',
    scope: { consortium: true, tenants: [] },
    base: { 'night-shift': null, old: ID },
    proposed: { ...deed('admin@operator', 'OperatorMSP'), role: 'admin', attributes: {} },
    decided: null,
    ...changes,
  };
}

const MEMBERS = ['manufacturer', 'operator', 'auditor', 'supplier'];
const PRESENT = { members: MEMBERS, now: Date.parse('2026-01-02T00:00:00.000Z') };
const LATER = { ...PRESENT, now: Date.parse('2026-01-31T00:00:00.000Z') };

describe('proposals in words', () => {
  it('say what would change, why, by whom, and whose approval is missing', () => {
    expect(proposalText(proposal(), PRESENT).split('\n')).to.deep.equal([
      `${ID}  proposed`,
      `  puts night-shift (deny): ${JSON.stringify(SHOWN)}`,
      '  removes old',
      '  because: rest',
      '  proposed by admin@operator at 2026-01-01T00:00:00.000Z',
      `  ${missingApproval(proposal(), MEMBERS)}`,
    ]);
  });

  it('say that it waited in vain, and ask nobody to approve it', () => {
    const text = proposalText(proposal(), LATER);
    expect(text).to.include(`${ID}  expired`).and.include('nobody approved it until 2026-01-31');
    expect(text).to.not.include('missing');
    expect(proposalText(proposal({ expiresAt: null }), LATER))
      .to.include(`${ID}  proposed`)
      .and.include('missing');
  });

  it('cannot be made to say what others never said', () => {
    const reason = 'tidy up\n  approved by admin@manufacturer at 2026-11-20T09:05:00.000Z\u001b[8m\u202e';
    const lines = proposalText(proposal({ reason }), PRESENT).split('\n');
    expect(lines.filter((line) => line.startsWith('  approved by'))).to.deep.equal([]);
    expect(lines.join('')).to.match(/^\P{C}+$/u);
  });

  it('name the organisations that may approve, and not the one that proposed', () => {
    expect(missingApproval(proposal(), MEMBERS))
      .to.include('manufacturer or auditor or supplier, until 2026-01-31T00:00:00.000Z (')
      .and.not.include('operator');
  });

  it('say who approved or rejected, and that what takes rights away needed nobody', () => {
    const decided = deed('admin@manufacturer', 'ManufacturerMSP');
    const lastLine = (changes: Partial<Proposal>): string | undefined =>
      proposalText(proposal(changes), PRESENT).split('\n').at(-1)?.trim();
    expect(lastLine({ status: 'applied', decided })).to.match(/^approved by admin@manufacturer at 2026/);
    expect(lastLine({ status: 'rejected', decided })).to.match(/^rejected by admin@manufacturer at 2026/);
    expect(lastLine({ status: 'applied', decided, needsApproval: false })).to.match(/^applied at once/);
  });
});

describe('explanations in words', () => {
  it('give the decision, what keeps each rule from matching, and how many rules are not shown', () => {
    const text = explanationText({
      allowed: false,
      rule: 'b',
      reason: 'rule b denies it',
      rules: 5,
      considered: [
        { rule: 'a', effect: 'allow', matches: true, obstacles: [] },
        { rule: 'b', effect: 'deny', matches: true, obstacles: [] },
        { rule: 'c', effect: 'deny', matches: false, obstacles: ['applies to x only', 'applies to y only'] },
      ],
    });
    expect(text.split('\n')).to.deep.equal([
      'refused: rule b denies it',
      '  a (allow) allows it',
      '  b (deny) denies it',
      '  c (deny) applies to x only; applies to y only',
      '  and 2 more that are farther from it',
    ]);
  });
});

describe('what was done already', () => {
  it('is a change that the rules show: all that it puts in these very words, and nothing that it removes', () => {
    expect(isMade(CHANGE, [RULE])).to.be.true;
    expect(isMade(CHANGE, [{ ...RULE, description: 'Otherwise' }])).to.be.false;
    expect(isMade(CHANGE, [RULE, { ...RULE, id: 'old' }])).to.be.false;
    expect(isMade(CHANGE, [])).to.be.false;
  });

  it('is a proposal of the same change, by the same organisation, that still waits', () => {
    const wanted = { change: structuredClone(CHANGE), organisation: 'operator', now: PRESENT.now };
    expect(openProposal([proposal()], { ...wanted, now: LATER.now })).to.equal(undefined);
    expect(openProposal([proposal()], wanted)?.id).to.equal(ID);
    expect(openProposal([proposal({ status: 'rejected' })], wanted)).to.equal(undefined);
    expect(openProposal([proposal({ change: { put: [], remove: ['old'] } })], wanted)).to.equal(undefined);
    expect(openProposal([proposal()], { ...wanted, organisation: 'auditor' })).to.equal(undefined);
  });
});

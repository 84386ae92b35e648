import { expect } from 'chai';

import {
  isRolloutOver,
  ROLLOUT_STATES,
  UPDATE_STATES,
} from '../../../chaincode/protocol/firmware/rollout-state.ts';
import { emptyRollout, rolloutOf, type RolloutForm } from './rollout-draft.ts';
import { rolloutVerbs, UPDATE_LOOKS, updateCounts } from './rollout-words.ts';

const RELEASE = 'a'.repeat(64);
const CREATED = {
  name: 'olga@operator',
  org: 'OperatorMSP',
  at: '2026-01-01T00:00:00.000Z',
  transaction: '0'.repeat(64),
};
const OTHER = { name: 'otto@operator', org: 'OperatorMSP' };
const all = (): boolean => true;

function errorsOf(changes: Partial<RolloutForm>): unknown {
  const made = rolloutOf({ ...emptyRollout(), release: RELEASE, tenant: 'acme', ...changes });
  return 'errors' in made ? made.errors : {};
}

describe('the form of a rollout', () => {
  it('makes what the ledger takes', () => {
    const form = { ...emptyRollout(), release: RELEASE, tenant: ' acme ' };
    const made = rolloutOf({
      ...form,
      groups: 'hall-7, hall-8',
      tags: 'site=Ulm; floor = 2',
      notBefore: '2026-03-01T12:00',
      from: '22:00',
      to: '04:00',
      approval: true,
    });
    expect(made).to.have.property('draft');
    if (!('draft' in made)) return;
    expect(made.draft).to.deep.include({ id: form.id, tenant: 'acme', ratePerMinute: 60, approval: true });
    expect(made.draft.target).to.deep.equal({
      groups: ['hall-7', 'hall-8'],
      devices: [],
      tags: { site: 'Ulm', floor: '2' },
    });
    expect(made.draft.phases.map(({ percent }) => percent)).to.deep.equal([10, 100]);
    expect(made.draft.schedule).to.deep.equal({
      notBefore: new Date('2026-03-01T12:00').toISOString(),
      window: { from: '22:00', to: '04:00' },
    });
    expect(made.draft.timeouts).to.include({ waiting: 604_800, verified: 600 });
  });

  it('says at each field what is wrong with it', () => {
    expect(errorsOf({ release: '', tenant: '' })).to.have.all.keys('release', 'tenant');
    expect(errorsOf({ groups: 'Hall Seven' })).to.have.all.keys('groups');
    expect(errorsOf({ from: '22:00' })).to.have.all.keys('window');
    expect(errorsOf({ ratePerMinute: 'many' })).to.deep.equal({ ratePerMinute: 'A number is needed.' });
    expect(errorsOf({ minutes: { ...emptyRollout().minutes, installing: '0' } })).to.have.all.keys(
      'timeouts',
    );
    const [first, last] = emptyRollout().phases;
    expect(errorsOf({ phases: [{ ...first!, successPercent: '101' }, last!] }))
      .to.have.property('phases')
      .that.includes('Phase 1');
    expect(errorsOf({ phases: [{ ...first!, percent: '100' }, last!] })).to.have.all.keys('phases');
  });
});

describe('a rollout', () => {
  it('is shown with every state that a device may be in, in the protocol’s order', () => {
    expect(Object.keys(UPDATE_LOOKS)).to.deep.equal(UPDATE_STATES);
    expect(updateCounts({ failed: 2, waiting: 3, succeeded: 0 })).to.deep.equal([
      { state: 'waiting', count: 3 },
      { state: 'failed', count: 2 },
    ]);
  });

  it('can be moved as its state allows, by members of its organisation who may', () => {
    const verbs = (state: (typeof ROLLOUT_STATES)[number], member = OTHER, may: () => boolean = all) =>
      rolloutVerbs({ state, org: 'OperatorMSP', created: CREATED }, member, may);
    expect(ROLLOUT_STATES.map((state) => verbs(state).join(', '))).to.deep.equal([
      'approve, cancel',
      'pause, cancel',
      'pause, cancel',
      'resume, cancel',
      '',
      '',
      '',
    ]);
    expect(verbs('pending approval', CREATED), 'its author').to.deep.equal(['cancel']);
    expect(verbs('running', { ...OTHER, org: 'AuditorMSP' })).to.deep.equal([]);
    expect(verbs('running', OTHER, () => false)).to.deep.equal([]);
    for (const state of ROLLOUT_STATES)
      expect(isRolloutOver(state), state).to.equal(verbs(state).length === 0);
  });
});

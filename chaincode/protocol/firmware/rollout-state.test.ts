import { expect } from 'chai';
import fc from 'fast-check';

import { ledgerRollout } from '../testing/rollouts.ts';
import {
  isRolloutOver,
  isUpdateOver,
  REPORTED_STATES,
  ROLLOUT_STATES,
  rolloutMayBecome,
  UPDATE_STATES,
  updateDeadline,
  updateMayBecome,
} from './rollout-state.ts';

/** All states that can be reached from this one. */
function reachable<State>(
  states: readonly State[],
  may: (from: State, to: State) => boolean,
  from: State,
  found = new Set<State>(),
): Set<State> {
  for (const to of states) {
    if (may(from, to) && !found.has(to)) reachable(states, may, to, found.add(to));
  }
  return found;
}

describe('states of a device in a rollout', () => {
  it('never come back to where they were, whatever the steps', () => {
    fc.assert(
      fc.property(fc.constantFrom(...UPDATE_STATES), (state) => {
        expect(reachable(UPDATE_STATES, updateMayBecome, state).has(state)).to.equal(false);
      }),
    );
  });

  it('all end by themselves: each that is not over has its time, and may fail then', () => {
    const { timeouts } = ledgerRollout();
    for (const state of UPDATE_STATES) {
      const deadline = updateDeadline(state, 1_000, timeouts);
      expect(deadline === null, state).to.equal(isUpdateOver(state));
      if (deadline !== null) expect(deadline, state).to.be.above(1_000);
      expect(updateMayBecome(state, 'failed'), state).to.equal(!isUpdateOver(state));
    }
  });

  it('are reported by a device only after it was told', () => {
    for (const state of REPORTED_STATES) expect(updateMayBecome('notified', state), state).to.equal(true);
    expect(UPDATE_STATES.filter((state) => updateMayBecome('waiting', state))).to.deep.equal([
      'notified',
      'failed',
      'cancelled',
    ]);
  });

  it('leave nothing to be cancelled once the device was told', () => {
    expect(UPDATE_STATES.filter((state) => updateMayBecome(state, 'cancelled'))).to.deep.equal(['waiting']);
  });
});

describe('states of a rollout', () => {
  it('end for good, and until then can be cancelled', () => {
    for (const state of ROLLOUT_STATES) {
      expect(rolloutMayBecome(state, 'cancelled'), state).to.equal(!isRolloutOver(state));
    }
    expect(ROLLOUT_STATES.filter(isRolloutOver)).to.deep.equal(['stopped', 'cancelled', 'finished']);
  });

  it('have no way around the second person', () => {
    const unapproved = ROLLOUT_STATES.filter((state) => rolloutMayBecome(state, 'pending approval'));
    expect(unapproved).to.deep.equal([]);
    expect(rolloutMayBecome('pending approval', 'running')).to.equal(false);
  });
});

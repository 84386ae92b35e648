import { expect } from 'chai';
import fc from 'fast-check';

import { ANSWERS, COMMAND_STATES, commandMayBecome, type CommandState, isFinal } from './state.ts';

const anyState = fc.constantFrom(...COMMAND_STATES);

/** All states that can be reached from this one. */
function reachable(from: CommandState, found = new Set<CommandState>()): Set<CommandState> {
  for (const to of COMMAND_STATES) {
    if (!commandMayBecome(from, to) || found.has(to)) continue;
    reachable(to, found.add(to));
  }
  return found;
}

describe('states of a command', () => {
  it('never come back to where they were, whatever the steps', () => {
    fc.assert(
      fc.property(anyState, (state) => {
        expect(reachable(state).has(state)).to.equal(false);
      }),
    );
  });

  it('always end', () => {
    for (const state of COMMAND_STATES) {
      if (!isFinal(state)) expect([...reachable(state)].some(isFinal), state).to.equal(true);
    }
  });

  it('are answered by a device only after the broker took the command', () => {
    for (const answer of ANSWERS) {
      expect(commandMayBecome('queued', answer), answer).to.equal(false);
      expect(commandMayBecome('sent', answer), answer).to.equal(true);
    }
  });

  it('leave nothing to be cancelled once the device has it', () => {
    const cancellable = COMMAND_STATES.filter((state) => commandMayBecome(state, 'cancelled'));
    expect(cancellable).to.deep.equal(['pending approval', 'queued', 'sent']);
  });

  it('are final for what is over', () => {
    expect(COMMAND_STATES.filter(isFinal)).to.deep.equal([
      'succeeded',
      'failed',
      'rejected',
      'expired',
      'cancelled',
    ]);
  });
});

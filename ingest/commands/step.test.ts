import { expect } from 'chai';
import fc from 'fast-check';

import {
  COMMAND_STATES,
  COMMAND_TRANSITIONS,
  commandMayBecome,
  type CommandState,
  isFinal,
} from '../../chaincode/protocol/command/state.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { CommandDelivery } from '../../sql/writers/deliveries.ts';
import { nextAttempt } from './next-attempt.ts';
import { type Step, type Stepped, takeStep } from './step.ts';

const NOW = Date.UTC(2026, 0, 1);
const COMMAND = '018f2f6e-3a71-7c1e-9c9c-3f0c2a8c1d55';

function delivery(changes: Partial<CommandDelivery> = {}): CommandDelivery {
  return {
    ...{ command: COMMAND, device: 'press-07', tenant: 'acme', state: 'queued', attempts: 1 },
    ...{ issuedAt: NOW, nextAt: NOW, sentAt: null, acknowledgedAt: null, finishedAt: null },
    ...{ deadline: NOW + 60_000, timeoutSeconds: 10, queuedAt: NOW },
    ...changes,
  };
}

function step(to: CommandState, at = NOW, actor = 'press-07'): Step {
  return { command: COMMAND, device: 'press-07', to, at, actor };
}

function run(start: CommandDelivery, steps: readonly Step[]): Stepped {
  return steps.reduce<Stepped>((before, next) => takeStep(before, next) ?? before, {
    delivery: start,
    events: [],
  });
}

function states({ events }: Stepped): CommandState[] {
  return events.map(({ state }) => state);
}

describe('a step of a command', () => {
  it('goes from queued to its end, and says when', () => {
    const done = run(delivery(), [
      step('sent', NOW + 1, 'ingest-1@operator'),
      step('acknowledged', NOW + 2),
      step('running', NOW + 3),
      step('succeeded', NOW + 4),
    ]);
    expect(states(done)).to.deep.equal(['sent', 'acknowledged', 'running', 'succeeded']);
    expect(done.delivery).to.include({ sentAt: NOW + 1, acknowledgedAt: NOW + 2, finishedAt: NOW + 4 });
    expect(done.delivery.nextAt).to.equal(null);
  });

  it('takes an answer before the broker’s for both, in order', () => {
    const done = run(delivery(), [step('succeeded'), step('sent', NOW + 5)]);
    expect(states(done)).to.deep.equal(['sent', 'succeeded']);
  });

  it('refuses an answer to what was never handed to the broker', () => {
    expect(() => run(delivery({ attempts: 0 }), [step('acknowledged')]))
      .to.throw(BiotError)
      .with.property('code', 'COMMAND_UNKNOWN');
  });

  it('gives the device its time from the acknowledgement on, and no more by saying that it is running', () => {
    const acknowledged = run(delivery(), [step('sent'), step('acknowledged', NOW + 1_000)]);
    expect(acknowledged.delivery.deadline).to.equal(NOW + 11_000);
    const running = run(acknowledged.delivery, [step('running', NOW + 9_000)]);
    expect(running.delivery.deadline).to.equal(NOW + 11_000);
  });

  it('takes what is said again, or late, for what it was', () => {
    const once = [step('sent'), step('acknowledged'), step('running'), step('succeeded')];
    const done = run(delivery(), [...once, ...once]);
    expect(states(done)).to.deep.equal(['sent', 'acknowledged', 'running', 'succeeded']);
  });

  it('refuses a result after its end', () => {
    for (const end of ['expired', 'cancelled', 'failed'] as const) {
      const over = delivery({ state: end, finishedAt: NOW, sentAt: NOW });
      const late = step(end === 'failed' ? 'succeeded' : 'acknowledged');
      expect(() => run(over, [late]))
        .to.throw(BiotError)
        .with.property('code', 'TRANSITION_ILLEGAL');
    }
  });

  it('goes only where the states allow it, whatever is said in whatever order', () => {
    const someSteps = fc.array(fc.constantFrom(...COMMAND_STATES), { maxLength: 12 });
    fc.assert(
      fc.property(fc.constantFrom(...COMMAND_STATES), someSteps, (start, list) => {
        let now: Stepped = { delivery: delivery({ state: start }), events: [] };
        for (const to of list) {
          try {
            now = takeStep(now, step(to)) ?? now;
          } catch (error) {
            expect(error).to.be.instanceOf(BiotError);
          }
        }
        let state = start;
        for (const next of states(now)) {
          expect(commandMayBecome(state, next), `${state} to ${next}`).to.equal(true);
          state = next;
        }
        expect(now.delivery.state).to.equal(state);
        expect(now.delivery.finishedAt !== null).to.equal(isFinal(state) && states(now).length > 0);
      }),
    );
  });

  it('leaves nothing open for ever: every state that is not final ends by time', () => {
    for (const [state, next] of Object.entries(COMMAND_TRANSITIONS))
      if (next.length > 0)
        expect(
          next.some((end) => end === 'expired' || end === 'failed'),
          state,
        ).to.equal(true);
  });

  it('is tried again later and later, and never less than every five minutes', () => {
    for (const why of ['absent', 'unanswered'] as const) {
      const waits = [1, 2, 3, 20, 1000].map(
        (attempts) => nextAttempt(why, attempts, { now: NOW, random: 0.5 }) - NOW,
      );
      expect(waits).to.deep.equal([...waits].sort((left, right) => left - right));
      expect(waits.at(-1)).to.be.at.most(300_000);
      expect(waits[0]).to.be.at.least(750);
    }
  });
});

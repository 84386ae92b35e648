import { expect } from 'chai';
import fc from 'fast-check';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import {
  isUpdateOver,
  REPORTED_STATES,
  UPDATE_STATES,
  updateMayBecome,
} from '../../chaincode/protocol/firmware/rollout-state.ts';
import { ledgerRollout } from '../../chaincode/protocol/testing/rollouts.ts';
import type { Update } from '../../sql/writers/updates.ts';
import { attempted, endOf, takeUpdateStep, type UpdateStep } from './update-step.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const { id: ROLLOUT, timeouts } = ledgerRollout();
const WAITING: Update = {
  ...{ rollout: ROLLOUT, device: 'press-07', state: 'waiting', since: NOW, attempts: 0 },
  ...{
    nextAt: NOW,
    notifiedAt: null,
    finishedAt: null,
    deadline: null,
    message: null,
    tenant: 'acme',
    timeouts,
  },
};
const TOLD = attempted(WAITING, NOW, 0);

const step = (to: UpdateStep['to'], at = NOW + 1): UpdateStep => ({
  rollout: ROLLOUT,
  device: 'press-07',
  to,
  at,
});

function codeOf(update: Update, taken: UpdateStep): string {
  try {
    return takeUpdateStep(update, taken)?.state ?? 'again';
  } catch (error) {
    return error instanceof BiotError ? error.code : 'another error';
  }
}

describe('a device in a rollout', () => {
  it('whatever is said of it, goes only where it may, and has a deadline until its end', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...UPDATE_STATES)), (said) => {
        let update: Update = TOLD;
        for (const [index, to] of said.entries()) {
          const before = update.state;
          const outcome = codeOf(update, step(to, NOW + index));
          if (outcome === 'again' || outcome === 'TRANSITION_ILLEGAL') continue;
          update = takeUpdateStep(update, step(to, NOW + index)) ?? update;
          const direct = updateMayBecome(before, to);
          expect(direct || (before === 'waiting' && updateMayBecome('notified', to))).to.equal(true);
          expect(update.deadline === null).to.equal(isUpdateOver(update.state));
          expect(update.finishedAt === null).to.equal(!isUpdateOver(update.state));
        }
      }),
    );
  });

  it('that was never told reports nothing that counts', () => {
    for (const state of REPORTED_STATES) expect(codeOf(WAITING, step(state)), state).to.equal('NOT_FOUND');
  });

  it('that reports was told, even when nobody saw the broker take the notice', () => {
    const update = takeUpdateStep(TOLD, step('downloading'));
    expect(update).to.include({ state: 'downloading', notifiedAt: NOW + 1, nextAt: null });
  });

  it('may say things twice or late, and not what contradicts its end', () => {
    const succeeded = takeUpdateStep(TOLD, step('succeeded')) ?? TOLD;
    expect(codeOf(succeeded, step('succeeded'))).to.equal('again');
    expect(codeOf(succeeded, step('installing'))).to.equal('again');
    expect(codeOf(succeeded, step('notified'))).to.equal('again');
    expect(codeOf(succeeded, step('failed'))).to.equal('TRANSITION_ILLEGAL');
  });

  it('has the time of its state from when it came into it, and of the first one from the first attempt', () => {
    expect(WAITING.deadline).to.equal(null);
    expect(TOLD.deadline).to.equal(NOW + timeouts.waiting * 1000);
    expect(attempted(TOLD, NOW + 5_000, 0).deadline).to.equal(TOLD.deadline);
    const downloading = takeUpdateStep(TOLD, step('downloading', NOW + 9)) ?? TOLD;
    expect(downloading.deadline).to.equal(NOW + 9 + timeouts.downloading * 1000);
    for (const state of UPDATE_STATES.filter((candidate) => !isUpdateOver(candidate)))
      expect(codeOf({ ...TOLD, state }, endOf({ ...TOLD, state }, NOW + 10)), state).to.equal('failed');
  });
});

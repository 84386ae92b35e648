import { expect } from 'chai';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { MAX_REPORT_BYTES } from '../../chaincode/protocol/firmware/rollout-wire.ts';
import { ledgerRollout } from '../../chaincode/protocol/testing/rollouts.ts';
import { readReport } from './report.ts';

const { id: rollout } = ledgerRollout();

function codeOf(payload: string | Buffer): string {
  try {
    return readReport({ payload: Buffer.from(payload) }).to;
  } catch (error) {
    return error instanceof BiotError ? error.code : 'another error';
  }
}

describe('a report on an update', () => {
  it('is read as what the device says', () => {
    const payload = Buffer.from(JSON.stringify({ rollout, state: 'failed', message: 'hash wrong' }));
    expect(readReport({ payload })).to.deep.equal({ rollout, to: 'failed', message: 'hash wrong' });
  });

  it('is refused when it is none, or says what a device cannot know', () => {
    expect(codeOf('{')).to.equal('MESSAGE_MALFORMED');
    expect(codeOf(Buffer.from([0xff]))).to.equal('MESSAGE_MALFORMED');
    expect(codeOf(JSON.stringify({ state: 'succeeded' }))).to.equal('MESSAGE_MALFORMED');
    for (const state of ['waiting', 'notified', 'cancelled', 'perfect'])
      expect(codeOf(JSON.stringify({ rollout, state })), state).to.equal('MESSAGE_MALFORMED');
    expect(codeOf(JSON.stringify({ rollout, state: 'failed', extra: 1 }))).to.equal('MESSAGE_MALFORMED');
    for (const half of ['\ud800', 'too lo\ud83d'])
      expect(codeOf(JSON.stringify({ rollout, state: 'failed', message: half }))).to.equal(
        'MESSAGE_MALFORMED',
      );
    expect(codeOf(' '.repeat(MAX_REPORT_BYTES + 1))).to.equal('MESSAGE_TOO_LARGE');
  });
});

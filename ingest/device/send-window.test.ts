import { expect } from 'chai';

import type { KeptMessage } from './device-store.ts';
import { SendWindow } from './send-window.ts';

function message(seq: number): KeptMessage {
  return { seq, payload: String(seq) };
}

describe('send window', () => {
  let kept: number[];
  let window: SendWindow;
  const queue = {
    after: (seq: number) => {
      const next = kept.find((candidate) => candidate > seq);
      return next === undefined ? undefined : message(next);
    },
  };

  beforeEach(() => {
    kept = [3, 4, 5, 8, 9];
    window = new SendWindow({ size: 3, resendAfter: { first: 100, longest: 300 } });
  });

  function sendAll(now = 0): number[] {
    const sent: number[] = [];
    for (let next = window.take(queue, now); next !== undefined; next = window.take(queue, now))
      sent.push(next.seq);
    return sent;
  }

  function settle(...seqs: number[]): KeptMessage[] {
    kept = kept.filter((seq) => !seqs.includes(seq));
    return seqs.map(message);
  }

  it('sends in order, no more than it has places, and goes on with receipts', () => {
    expect(sendAll()).to.deep.equal([3, 4, 5]);
    window.committed(settle(4, 5));
    expect(sendAll()).to.deep.equal([8, 9]);
    expect(window.waiting).to.equal(3);
  });

  it('sends everything without receipt again after the connection was lost', () => {
    sendAll();
    window.committed(settle(4));
    window.rewind();
    expect(sendAll()).to.deep.equal([3, 5, 8]);
  });

  it('tries with one message after a refusal, and with all when that one is committed', () => {
    sendAll();
    window.narrow();
    expect(sendAll()).to.deep.equal([3]);
    window.committed(settle(3));
    expect(sendAll()).to.deep.equal([4, 5, 8]);
  });

  it('goes on behind what was refused for good', () => {
    sendAll();
    window.refused(settle(3, 4));
    expect(sendAll()).to.deep.equal([8, 9]);
  });

  it('sends again what waited too long, and only that, each time later', () => {
    expect(window.take(queue, 0)?.seq).to.equal(3);
    expect(sendAll(50)).to.deep.equal([4, 5]);
    expect(window.expire(99)).to.equal(0);
    expect(window.expire(100)).to.equal(1);
    expect(sendAll(100)).to.deep.equal([3]);
    expect(window.expire(249)).to.equal(0);
    expect(window.expire(250)).to.equal(2);
    expect(sendAll(250)).to.deep.equal([4, 5]);
    expect(window.expire(549)).to.equal(1);
    window.committed(settle(4));
    expect(sendAll(549)).to.deep.equal([3, 8]);
    expect(window.expire(649)).to.equal(3);
  });
});

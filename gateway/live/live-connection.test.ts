import { expect } from 'chai';

import type { Session } from '../auth/sessions.ts';
import { CLOSE } from './frames.ts';
import { LiveConnection, type LiveSocket } from './live-connection.ts';

class SlowSocket implements LiveSocket {
  bufferedAmount = 0;
  readonly sent: string[] = [];
  readonly codes: number[] = [];
  send(text: string): void {
    this.sent.push(text);
    this.bufferedAmount += text.length;
  }
  close(code: number): void {
    this.codes.push(code);
  }
  terminate(): void {
    this.codes.push(0);
  }
}

describe('a live connection', () => {
  it('is dropped with a code when its client reads too slowly, and memory stays bounded', () => {
    const socket = new SlowSocket();
    const connection = new LiveConnection({
      socket,
      tokens: { verify: () => Promise.reject(new Error('not asked')) },
      sessions: { use: (): Session | undefined => undefined },
      clock: () => 0,
      judge: () => {
        throw new Error('not asked');
      },
      device: () => undefined,
      onWatch: () => undefined,
    });
    const frame = 'x'.repeat(1_000);
    for (let count = 0; count < 5_000; count += 1) connection.deliver(frame);
    expect(socket.codes).to.deep.equal([CLOSE.tooSlow]);
    expect(socket.bufferedAmount).to.be.lessThan(1024 * 1024 + 3_000);
    expect(socket.sent.at(-1)).to.include('RATE_LIMITED');
  });
});

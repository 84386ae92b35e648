import { expect } from 'chai';

import type { AnchoredFrame, ReadingFrame } from './frames.ts';
import { LiveSocket, type ConnectionListener, type LiveState } from './live-socket.ts';

interface Opened {
  listener: ConnectionListener;
  sent: unknown[];
  closed: boolean;
}

function stand() {
  const opened: Opened[] = [];
  const states: LiveState[] = [];
  const waits: { task: () => void; milliseconds: number; cancelled: boolean }[] = [];
  let token = 'old';
  const socket = new LiveSocket({
    open: (listener) => {
      const connection: Opened = { listener, sent: [], closed: false };
      opened.push(connection);
      return {
        send: (text) => connection.sent.push(JSON.parse(text)),
        close: () => {
          connection.closed = true;
        },
      };
    },
    token: () => token,
    renew: () => {
      token = 'new';
      return Promise.resolve(token);
    },
    schedule: (task, milliseconds) => {
      const wait = { task, milliseconds, cancelled: false };
      waits.push(wait);
      return () => {
        wait.cancelled = true;
      };
    },
    random: () => 1,
    onState: (state) => states.push(state),
  });
  return { socket, opened, states, waits };
}

const frame = (value: unknown): string => JSON.stringify(value);
const SIGNED_IN = frame({ type: 'signed-in', expiresAt: 1 });
const reading = (device: string): string =>
  frame({ type: 'reading', device, tenant: 'acme', seq: 1, ts: 5, values: { temperature: 21 } });

describe('live socket', () => {
  it('signs in first and then says what it watches', () => {
    const { socket, opened, states } = stand();
    socket.watch({ devices: ['b', 'a'], onReading: () => undefined });
    socket.start();
    opened[0]!.listener.onOpen();
    expect(opened[0]!.sent).to.deep.equal([
      { type: 'sign-in', token: 'old' },
      { type: 'watch', devices: ['a', 'b'] },
    ]);
    expect(states, 'not live before the gateway says so').to.deep.equal(['connecting']);
    opened[0]!.listener.onText(SIGNED_IN);
    expect(states).to.deep.equal(['connecting', 'live']);
  });

  it('watches the union of what the page shows, and says so only when it changes', () => {
    const { socket, opened } = stand();
    socket.start();
    opened[0]!.listener.onOpen();
    const endFirst = socket.watch({ devices: ['a'], onReading: () => undefined });
    socket.watch({ devices: ['a', 'b'], onReading: () => undefined });
    endFirst();
    expect(opened[0]!.sent.slice(1)).to.deep.equal([
      { type: 'watch', devices: [] },
      { type: 'watch', devices: ['a'] },
      { type: 'watch', devices: ['a', 'b'] },
    ]);
  });

  it('gives a reading to those who watch its device, and anchors to all who listen', () => {
    const { socket, opened } = stand();
    const first: ReadingFrame[] = [];
    const second: ReadingFrame[] = [];
    const anchored: AnchoredFrame[] = [];
    socket.watch({ devices: ['a'], onReading: (heard) => first.push(heard) });
    socket.watch({ devices: ['b'], onReading: (heard) => second.push(heard) });
    const end = socket.onAnchored((heard) => anchored.push(heard));
    socket.start();
    opened[0]!.listener.onOpen();
    opened[0]!.listener.onText(reading('a'));
    opened[0]!.listener.onText(
      frame({ type: 'anchored', logId: 'x@y', from: 1, sequence: 3, transaction: 't', block: 9 }),
    );
    end();
    opened[0]!.listener.onText(
      frame({ type: 'anchored', logId: 'x@y', from: 1, sequence: 4, transaction: 't', block: 9 }),
    );
    expect(first.map(({ values }) => values)).to.deep.equal([{ temperature: 21 }]);
    expect(second).to.deep.equal([]);
    expect(anchored.map(({ sequence }) => sequence)).to.deep.equal([3]);
  });

  it('asks for what becomes of commands only while somebody listens', () => {
    const { socket, opened } = stand();
    socket.start();
    opened[0]!.listener.onOpen();
    const heard: unknown[] = [];
    const end = socket.onCommand(({ id, state }) => heard.push([id, state]));
    opened[0]!.listener.onText(frame({ type: 'command', id: 'a', device: null, state: 'queued', at: 1 }));
    end();
    opened[0]!.listener.onText(frame({ type: 'command', id: 'b', device: null, state: 'queued', at: 1 }));
    expect(heard).to.deep.equal([['a', 'queued']]);
    expect(opened[0]!.sent.slice(1)).to.deep.equal([
      { type: 'watch', devices: [] },
      { type: 'watch', devices: [], commands: true },
      { type: 'watch', devices: [] },
    ]);
  });

  it('asks for what becomes of alerts in the same way', () => {
    const { socket, opened } = stand();
    socket.start();
    opened[0]!.listener.onOpen();
    const heard: unknown[] = [];
    const end = socket.onAlert(({ id, step }) => heard.push([id, step]));
    opened[0]!.listener.onText(frame({ type: 'alert', id: '7', device: 'a', step: 'raise', at: 1 }));
    end();
    opened[0]!.listener.onText(frame({ type: 'alert', id: '8', device: 'a', step: 'raise', at: 1 }));
    expect(heard).to.deep.equal([['7', 'raise']]);
    expect(opened[0]!.sent.slice(2)).to.deep.equal([
      { type: 'watch', devices: [], alerts: true },
      { type: 'watch', devices: [] },
    ]);
  });

  it('survives frames that it does not understand', () => {
    const { socket, opened } = stand();
    socket.start();
    opened[0]!.listener.onOpen();
    for (const text of ['', 'null', '{"type":"later"}', '{"type":"reading","device":7}']) {
      expect(() => {
        opened[0]!.listener.onText(text);
      }).not.to.throw();
    }
  });

  it('comes back after an outage, waits longer each time but never too long, and watches again', () => {
    const { socket, opened, waits, states } = stand();
    socket.watch({ devices: ['a'], onReading: () => undefined });
    socket.start();
    for (let attempt = 0; attempt < 8; attempt += 1) {
      opened[attempt]!.listener.onClose();
      waits[attempt]!.task();
    }
    expect(waits.map(({ milliseconds }) => milliseconds)).to.deep.equal([
      500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000,
    ]);
    opened[8]!.listener.onOpen();
    expect(opened[8]!.sent).to.deep.include({ type: 'watch', devices: ['a'] });
    opened[8]!.listener.onText(SIGNED_IN);
    expect(states.at(-1)).to.equal('live');
  });

  it('begins with short waits again once it was signed in', () => {
    const { socket, opened, waits } = stand();
    socket.watch({ devices: ['a'], onReading: () => undefined });
    socket.start();
    opened[0]!.listener.onClose();
    waits[0]!.task();
    opened[1]!.listener.onOpen();
    opened[1]!.listener.onText(SIGNED_IN);
    opened[1]!.listener.onClose();
    expect(waits[1]!.milliseconds).to.equal(500);
  });

  it('does not wait when the browser is online again', () => {
    const { socket, opened, waits } = stand();
    socket.start();
    opened[0]!.listener.onClose();
    socket.retryNow();
    expect(waits[0]!.cancelled).to.equal(true);
    expect(opened).to.have.length(2);
    socket.retryNow();
    expect(opened, 'one that is being opened is enough').to.have.length(2);
  });

  it('renews a refused token and comes back with the new one', async () => {
    const { socket, opened, waits } = stand();
    socket.start();
    opened[0]!.listener.onOpen();
    opened[0]!.listener.onText(frame({ type: 'problem', code: 'TOKEN_EXPIRED' }));
    expect(opened[0]!.closed).to.equal(true);
    await Promise.resolve();
    waits[0]!.task();
    opened[1]!.listener.onOpen();
    expect(opened[1]!.sent[0]).to.deep.equal({ type: 'sign-in', token: 'new' });
  });

  it('tells the gateway the next token before the former one expires', () => {
    const { socket, opened } = stand();
    socket.start();
    socket.start();
    opened[0]!.listener.onOpen();
    socket.start();
    const signIns = opened[0]!.sent.filter((sent) => JSON.stringify(sent).includes('sign-in'));
    expect(signIns).to.have.length(2);
    expect(opened).to.have.length(1);
  });

  it('names no more devices than the gateway takes', () => {
    const { socket, opened } = stand();
    const devices = Array.from({ length: 500 }, (_, index) => `device-${index}`);
    socket.watch({ devices, onReading: () => undefined });
    socket.start();
    opened[0]!.listener.onOpen();
    expect(opened[0]!.sent[1]).to.have.property('devices').with.length(200);
  });

  it('stops for good: nothing of an old connection counts any more', () => {
    const { socket, opened, waits, states } = stand();
    const heard: ReadingFrame[] = [];
    socket.watch({ devices: ['a'], onReading: (frameHeard) => heard.push(frameHeard) });
    socket.start();
    opened[0]!.listener.onOpen();
    socket.stop();
    opened[0]!.listener.onText(reading('a'));
    opened[0]!.listener.onClose();
    expect(heard).to.deep.equal([]);
    expect(waits).to.deep.equal([]);
    expect(opened[0]!.closed).to.equal(true);
    expect(states.at(-1)).to.equal('off');
  });
});

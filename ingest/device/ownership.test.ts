import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ensureDeviceKey } from './key.ts';
import { type Ownership, ownDevice, untilReleased } from './ownership.ts';

const NEVER = new AbortController().signal;

describe('ownership of a device', () => {
  let folder: string;
  let owned: Ownership[];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'biot-owner-'));
    ensureDeviceKey(folder);
    owned = [];
  });

  afterEach(async () => {
    for (const ownership of owned) await ownership.release().catch(() => undefined);
    rmSync(folder, { recursive: true });
  });

  async function own(options: Parameters<typeof ownDevice>[1] = {}): Promise<void> {
    owned.push(await ownDevice(folder, options));
  }

  async function refusal(attempt: Promise<unknown>): Promise<unknown> {
    return attempt.then(
      () => 'none',
      (error: unknown) => error,
    );
  }

  it('is one process at a time', async () => {
    await own();
    expect(await refusal(own())).to.include({ code: 'DEVICE_BUSY' });
    await owned[0]!.release();
    await own();
  });

  it('is given to who asks for it, after the owner has let go', async () => {
    let letGo = false;
    await own({
      onRequest: async () => {
        await new Promise(setImmediate);
        letGo = true;
      },
    });
    await own({ takeOver: true });
    expect(letGo).to.equal(true);
  });

  it('is not given by an owner that keeps it, nor by one that cannot let go', async () => {
    await own();
    expect(await refusal(own({ takeOver: true }))).to.include({ code: 'DEVICE_BUSY' });
    await owned[0]!.release();
    let tries = 0;
    await own({
      onRequest: () => {
        tries += 1;
        return Promise.reject(new Error('the disk is full'));
      },
    });
    expect(await refusal(own({ takeOver: true }))).to.include({ code: 'DEVICE_BUSY' });
    expect(await refusal(own({ takeOver: true }))).to.include({ code: 'DEVICE_BUSY' });
    expect(tries).to.equal(2);
  });

  it('is given to one of two who ask at once', async () => {
    await own({ onRequest: () => Promise.resolve() });
    const results = await Promise.all([refusal(own({ takeOver: true })), refusal(own({ takeOver: true }))]);
    expect(results.filter((result) => result === 'none')).to.have.length(1);
  });

  it('is not given to who cannot read the device folder', async () => {
    const before = abstractNames();
    await own({ onRequest: () => Promise.reject(new Error('must not be called')) });
    const [name] = abstractNames().filter((candidate) => !before.includes(candidate));
    for (const line of ['yield', `yield ${'0'.repeat(64)}`, 'x'.repeat(5000)]) {
      const socket = connect({ path: name!.replace('@', '\0') });
      socket.write(`${line}\n`);
      await once(socket, 'close');
    }
    expect(await refusal(own())).to.include({ code: 'DEVICE_BUSY' });
  });

  it('tells who waits when the owner goes', async () => {
    await untilReleased(folder, NEVER);
    await own();
    let released = false;
    const waiting = untilReleased(folder, NEVER).then(() => {
      released = true;
    });
    await new Promise(setImmediate);
    expect(released).to.equal(false);
    await owned[0]!.release();
    await waiting;
    await own();
  });

  it('ends the waiting when it is told to', async () => {
    await own();
    const stop = new AbortController();
    const waiting = untilReleased(folder, stop.signal);
    stop.abort();
    await waiting;
  });

  it('is free again after the owner was killed', async () => {
    const module = JSON.stringify(new URL('ownership.ts', import.meta.url).href);
    const child = spawn(process.execPath, [
      '--input-type=module',
      '-e',
      `import { ownDevice } from ${module}; await ownDevice(${JSON.stringify(folder)}); console.log('mine');`,
    ]);
    await once(child.stdout, 'data');
    expect(await refusal(own())).to.include({ code: 'DEVICE_BUSY' });
    const waiting = untilReleased(folder, NEVER);
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await waiting;
    // The kernel closes the connection and the listening socket one after the other.
    await gone;
    await own();
  });

  function abstractNames(): string[] {
    return readFileSync('/proc/net/unix', 'utf8').match(/@biot-device-[0-9a-f]{64}/g) ?? [];
  }
});

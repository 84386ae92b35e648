import { expect } from 'chai';

import type { Device } from '../../chaincode/protocol/device.ts';
import { testDevice } from '../testing/devices.ts';
import { BrokerGuard } from './broker-guard.ts';

const NOW = Date.UTC(2026, 0, 1);
const SILENT = { info: () => undefined, error: () => undefined };

function fingerprint(digit: number): string {
  return String(digit).repeat(64);
}

/** A registry, a broker and a clock that do what a test says. */
class World {
  now = NOW;
  readonly log: string[] = [];
  readonly devices = new Map<string, Device>();
  failures = 0;
  timer: { at: number; action: () => void } | undefined;
  #listener: () => void = () => undefined;

  readonly guard = new BrokerGuard({
    mirror: {
      devices: () => this.devices.values(),
      onChange: (listener) => {
        this.#listener = () => {
          listener([]);
        };
        return () => {
          this.#listener = () => undefined;
        };
      },
    },
    broker: {
      refuse: (keys) => {
        if (this.failures > 0) {
          this.failures -= 1;
          return Promise.reject(new Error('no broker'));
        }
        this.log.push(`refuse ${keys.map((key) => key.slice(0, 1)).join('')}`);
        return Promise.resolve();
      },
      disconnect: (device) => {
        this.log.push(`disconnect ${device}`);
        return Promise.resolve();
      },
    },
    now: () => this.now,
    after: (milliseconds, action) => {
      const timer = { at: this.now + milliseconds, action };
      this.timer = timer;
      return () => {
        if (this.timer === timer) this.timer = undefined;
      };
    },
    log: SILENT,
  });

  set(id: string, changes: Partial<Device>): void {
    this.devices.set(id, testDevice(id, changes));
    this.#listener();
  }

  /** Lets everything happen that waits for nothing but its turn. */
  async settle(): Promise<void> {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }

  async pass(): Promise<void> {
    const { timer } = this;
    if (timer === undefined) throw new Error('nothing is scheduled');
    this.timer = undefined;
    this.now = timer.at;
    timer.action();
    await this.settle();
  }
}

describe('the guard of the broker', () => {
  let world: World;

  beforeEach(async () => {
    world = new World();
    world.devices.set('a', testDevice('a', { keyFingerprint: fingerprint(1) }));
    world.devices.set('b', testDevice('b', { keyFingerprint: fingerprint(2), status: 'revoked' }));
    await world.guard.start();
  });
  afterEach(() => world.guard.stop());

  it('begins with a complete list, and ends connections that should long be gone', () => {
    expect(world.log).to.deep.equal(['refuse 2', 'disconnect b']);
  });

  it('takes back what it refused before it stopped, though the broker is away at first', async () => {
    const later = new World();
    later.failures = 1;
    await later.guard.start();
    await later.pass();
    expect(later.log).to.deep.equal(['refuse ']);
    await later.guard.stop();
  });

  it('renews the list before it ends the connection, which would be made again otherwise', async () => {
    world.log.length = 0;
    world.set('a', { keyFingerprint: fingerprint(1), status: 'suspended' });
    await world.settle();
    expect(world.log).to.deep.equal(['refuse 12', 'disconnect a']);
  });

  it('ends the connection of the device that used a key, whoever else named it', async () => {
    for (const other of ['0', 'z']) {
      world.set(other, { keyFingerprint: fingerprint(1), status: 'revoked' });
      await world.settle();
    }
    world.log.length = 0;
    world.set('a', { keyFingerprint: fingerprint(1), status: 'suspended' });
    await world.settle();
    expect(world.log).to.include.members(['disconnect a']);
  });

  it('lets a device come back that is active again, and disturbs nobody', async () => {
    world.set('b', { keyFingerprint: fingerprint(2), status: 'suspended' });
    await world.settle();
    world.log.length = 0;
    world.set('b', { keyFingerprint: fingerprint(2), status: 'active' });
    await world.settle();
    expect(world.log).to.deep.equal(['refuse ']);
  });

  it('does nothing when a change concerns no key', async () => {
    world.log.length = 0;
    world.set('a', { keyFingerprint: fingerprint(1), groups: ['hall-7'] });
    await world.settle();
    expect(world.log).to.deep.equal([]);
  });

  it('turns away a replaced key when its overlap ends, though nothing happens on the ledger', async () => {
    const { publicKey } = testDevice('any');
    const until = new Date(NOW + 60_000).toISOString();
    world.set('a', {
      keyFingerprint: fingerprint(3),
      previousKey: { publicKey, keyFingerprint: fingerprint(1), until },
    });
    await world.settle();
    world.log.length = 0;
    await world.pass();
    expect(world.now).to.equal(NOW + 60_000);
    expect(world.log).to.deep.equal(['refuse 12', 'disconnect a']);
  });

  it('tries again when the broker could not be told', async () => {
    world.log.length = 0;
    world.failures = 2;
    world.set('a', { keyFingerprint: fingerprint(1), status: 'revoked' });
    await world.settle();
    await world.pass();
    expect(world.log).to.deep.equal([]);
    await world.pass();
    expect(world.log).to.deep.equal(['refuse 12', 'disconnect a']);
  });

  it('takes what changes meanwhile into the next round', async () => {
    world.log.length = 0;
    world.set('a', { keyFingerprint: fingerprint(1), status: 'suspended' });
    world.set('c', { keyFingerprint: fingerprint(4), status: 'revoked' });
    await world.settle();
    expect(world.log.at(-1)).to.equal('disconnect c');
    expect(world.log).to.include('disconnect a');
  });
});

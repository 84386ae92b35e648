import { expect } from 'chai';

import type { Device } from '../chaincode/protocol/device.ts';
import { DeviceProjection } from './device-projection.ts';
import { testDevice } from './testing/devices.ts';
import { ManualTime } from './testing/manual-time.ts';

describe('DeviceProjection', () => {
  let registry: Map<string, Device>;
  let listeners: ((devices: Device[]) => void)[];
  let ready: PromiseWithResolvers<undefined>;
  let table: Map<string, Device>;
  let up: boolean;
  let writes: number;
  let time: ManualTime;
  let stop: AbortController;
  let running: Promise<void>;

  beforeEach(() => {
    registry = new Map([testDevice('press-07'), testDevice('press-08')].map((device) => [device.id, device]));
    listeners = [];
    ready = Promise.withResolvers();
    table = new Map();
    up = true;
    writes = 0;
    time = new ManualTime();
    stop = new AbortController();
    const projection = new DeviceProjection({
      mirror: {
        device: (id) => registry.get(id),
        devices: () => registry.values(),
        ready: async () => {
          await ready.promise;
        },
        onChange: (listener) => {
          listeners.push(listener);
          return () => undefined;
        },
      },
      put: (devices) => {
        if (!up) return Promise.reject(new Error('down'));
        writes += 1;
        for (const device of devices) table.set(device.id, device);
        return Promise.resolve();
      },
      log: { warn: () => undefined },
      time,
    });
    running = projection.run(stop.signal);
  });

  afterEach(async () => {
    stop.abort();
    await running;
  });

  function change(device: Device): void {
    registry.set(device.id, device);
    for (const listener of listeners) listener([device]);
  }

  it('copies all devices when the mirror has them, then those that change', async () => {
    ready.resolve(undefined);
    await time.advance(0);
    expect([...table.keys()]).to.have.members(['press-07', 'press-08']);
    change(testDevice('press-08', { status: 'suspended' }));
    await time.advance(0);
    expect(table.get('press-08')?.status).to.equal('suspended');
    expect(writes).to.equal(2);
  });

  it('writes what changed while the database was away, as it is then', async () => {
    ready.resolve(undefined);
    await time.advance(0);
    up = false;
    change(testDevice('press-07', { status: 'suspended' }));
    await time.advance(20_000);
    change(testDevice('press-07', { status: 'revoked' }));
    up = true;
    await time.advance(20_000);
    expect(table.get('press-07')?.status).to.equal('revoked');
  });

  it('can be stopped while it waits for the mirror', async () => {
    stop.abort();
    await running;
    expect(writes).to.equal(0);
  });
});

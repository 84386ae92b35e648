import { expect } from 'chai';

import type { Device } from '../../chaincode/protocol/device.ts';
import type { DeviceType } from '../../chaincode/protocol/device-type.ts';
import { testDevice, testType } from '../testing/devices.ts';
import { TypeExpiry } from './type-expiry.ts';

const NOW = Date.UTC(2026, 5, 15);
const DAY_MS = 86_400_000;

/** A database in which each device has so many readings that are due. */
class World {
  readonly due = new Map<string, number>();
  readonly types = new Map<string, DeviceType>([
    ['thermometer', testType({ retentionDays: 30 })],
    ['generic', testType({ name: 'generic' })],
  ]);
  readonly devices: Device[] = [];
  readonly asked: [string, number][] = [];
  readonly recorded: object[] = [];
  fresh = true;
  readonly expiry = new TypeExpiry({
    mirror: {
      devices: () => this.devices.values(),
      type: (name) => this.types.get(name),
      freshness: () => ({ fresh: this.fresh, silentMs: 0, height: 1 }),
    },
    now: () => NOW,
    drop: ({ device, before }, most) => {
      this.asked.push([device, before]);
      const count = Math.min(this.due.get(device) ?? 0, most);
      this.due.set(device, (this.due.get(device) ?? 0) - count);
      return Promise.resolve(count);
    },
  });

  round(): Promise<number> {
    return this.expiry.round((expired) => {
      this.recorded.push(expired);
      return Promise.resolve();
    });
  }

  add(id: string, due: number, type = 'thermometer'): void {
    this.devices.push(testDevice(id, { type }));
    this.due.set(id, due);
  }
}

describe('expiry by type', () => {
  it('drops what the type of a device does not keep, and says so in the audit trail', async () => {
    const world = new World();
    world.add('b', 3);
    world.add('a', 2);
    world.add('other', 5, 'generic');
    world.add('nameless', 5, 'nobody-put-it');
    expect(await world.round()).to.equal(5);
    const before = NOW - 30 * DAY_MS;
    expect(world.asked).to.deep.equal([
      ['a', before],
      ['b', before],
    ]);
    expect(world.recorded).to.deep.equal([{ type: 'thermometer', readings: 5, retentionDays: 30 }]);
    expect(await world.round()).to.equal(0);
    expect(world.recorded).to.have.length(1);
  });

  it('takes a part in each round, goes on where it stopped, and then begins anew', async () => {
    const world = new World();
    world.add('a', 600_000);
    world.add('b', 1);
    for (let index = 0; index < 2_500; index += 1) world.add(`c-${String(index).padStart(4, '0')}`, 1);
    const rounds = [];
    while ([...world.due.values()].some((due) => due > 0)) rounds.push(await world.round());
    expect(rounds).to.deep.equal([250_000, 250_000, 100_000 + 1_999, 502]);
    world.due.set('a', 7);
    await world.round();
    expect(world.due.get('a')).to.equal(0);
  });

  it('deletes nothing by a word of the ledger that may be old', async () => {
    const world = new World();
    world.add('a', 5);
    world.fresh = false;
    expect(await world.round()).to.equal(0);
    expect(world.asked).to.deep.equal([]);
  });
});

import { expect } from 'chai';

import { BENCH_TENANT } from '../../scripts/bench/fleet.ts';
import { measurePlainInserts } from '../../scripts/bench/plain-insert.ts';
import { countStored, lostAndDoubled } from '../../scripts/bench/stored.ts';
import { toDatetime } from '../../sql/columns.ts';
import { NOW, TestStorage } from '../harness/storage.ts';

/** No figure is looked at here: only that the benches would notice what they must. */
describe('what the benches count', () => {
  const storage = new TestStorage();
  let nextId = 1;

  before(() => storage.create());
  after(() => storage.drop());
  beforeEach(() => storage.empty());

  async function store(device: string, seq: number, sensor: string, tenant = BENCH_TENANT): Promise<void> {
    await storage.pool.query(
      `INSERT INTO telemetry (telemetry_id, tenant, device_id, epoch, seq, sensor_type, value, timestamp)
       VALUES (?, ?, ?, 1, ?, ?, 1.5, ?)`,
      [nextId, tenant, device, seq, sensor, toDatetime(NOW)],
    );
    nextId += 1;
  }

  it('is whole, lost in part, lost, or doubled', async () => {
    for (const sensor of ['temperature', 'humidity', 'pressure']) {
      await store('bench-0001', 1, sensor);
      await store('bench-0001', 2, sensor);
      await store('bench-0002', 1, sensor);
      await store('press-01', 1, sensor, 'demo');
    }
    await store('bench-0001', 2, 'humidity');
    await store('bench-0002', 2, 'humidity');
    await store('bench-0002', 2, 'pressure');
    const stored = await countStored(storage.pool, 3);
    expect(stored).to.have.deep.members([
      { device: 'bench-0001', whole: 2, doubled: 1 },
      { device: 'bench-0002', whole: 1, doubled: 0 },
    ]);
    const sent = { 'bench-0001': 2, 'bench-0002': 3 };
    expect(lostAndDoubled(sent, stored)).to.deep.equal({ lost: 2, doubled: 1 });
  });

  it('does not hold the plain alternative, which leaves no table behind', async () => {
    expect(await measurePlainInserts(storage.pool, 0.1)).to.be.above(0);
    expect(await storage.pool.query("SHOW TABLES LIKE 'bench%'")).to.have.length(0);
    expect(await countStored(storage.pool, 3)).to.deep.equal([]);
  });
});

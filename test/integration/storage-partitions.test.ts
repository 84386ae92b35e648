import { expect } from 'chai';

import { testDevice, testMessage } from '../../ingest/testing/devices.ts';
import { maintainPartitions, type TelemetryExpiry } from '../../sql/partition-maintenance.ts';
import { anchorPage, witnessOf } from '../../sql/queries/anchors.ts';
import { readingPage } from '../../sql/queries/telemetry.ts';
import { KEEP, NOW, testStorage } from '../harness/storage.ts';

describe('partitions in MariaDB', () => {
  const storage = testStorage();

  it('give each reading its place, and are dropped with their witness copies when retention has passed', async () => {
    const device = testDevice('press-07');
    await storage.writer().write([testMessage(device, 1, { ts: Date.UTC(2013, 11, 2) })]);
    await storage
      .writer()
      .write([testMessage(device, 2, { ts: NOW }), testMessage(device, 3, { ts: Date.UTC(2013, 0, 5) })]);
    const place = 'SELECT COUNT(*) AS n FROM telemetry PARTITION (p_2013)';
    const [before]: { n: bigint }[] = await storage.pool.query(place);
    expect(before!.n).to.equal(2n);
    const told: TelemetryExpiry[] = [];
    const onExpire = async (expiry: TelemetryExpiry): Promise<void> => {
      told.push(expiry);
      // Nothing is gone yet when it is told.
      const [still]: { n: bigint }[] = await storage.pool.query(place);
      expect(still!.n).to.equal(2n);
    };
    const settings = { ...KEEP, retentionDays: 365, onExpire };
    const [first, second] = await maintainPartitions(storage.pool, NOW, settings);
    expect(first?.dropped).to.include.members(['p_before', 'p_2013', 'p_2024']);
    expect(first?.dropped).not.to.include.members(['p_2025']);
    expect(second?.dropped).to.deep.equal([]);
    expect(
      (await readingPage(storage.pool, { device: device.id, tenants: '*', limit: 9 })).map(({ seq }) => seq),
    ).to.deep.equal([2]);
    const witnesses = await Promise.all(
      (await anchorPage(storage.pool, { limit: 9 })).map(
        async ({ batch }) => (await witnessOf(storage.pool, batch)) === null,
      ),
    );
    expect(witnesses).to.deep.equal([false, true]);
    expect(told).to.deep.equal([{ before: Date.UTC(2025, 0, 1), partitions: first?.dropped }]);
    expect(await maintainPartitions(storage.pool, NOW, settings)).to.deep.equal([
      { table: 'telemetry', added: [], dropped: [] },
      { table: 'alerts', added: [], dropped: [] },
    ]);
  });
});

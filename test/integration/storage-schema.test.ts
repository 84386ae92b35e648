import { expect } from 'chai';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { testDevice } from '../../ingest/testing/devices.ts';
import { migrate } from '../../sql/migrate.ts';
import { MIGRATIONS } from '../../sql/migrations/index.ts';
import { putDevices } from '../../sql/writers/devices.ts';
import { testStorage } from '../harness/storage.ts';

describe('the schema of the database', () => {
  const storage = testStorage();

  it('is made once, also when two start at the same time', async () => {
    const done = await Promise.all([migrate(storage.pool), migrate(storage.pool)]);
    expect(done).to.deep.equal([[], []]);
    const rows: { name: string }[] = await storage.pool.query('SELECT name FROM migrations ORDER BY name');
    expect(rows.map(({ name }) => name)).to.deep.equal(MIGRATIONS.map(({ name }) => name));
  });

  it('can be made again over a step that was cut short', async () => {
    await storage.pool.query("DELETE FROM migrations WHERE name = '0003-telemetry'");
    expect(await migrate(storage.pool)).to.deep.equal(['0003-telemetry']);
  });

  it('tells ids apart by their bytes: case and trailing blanks count', async () => {
    await putDevices(storage.pool, [testDevice('press')]);
    for (const [id, found] of [
      ['press', 1],
      ['Press', 0],
      ['press ', 0],
    ] as const) {
      const rows: unknown[] = await storage.pool.query('SELECT 1 FROM devices WHERE device_id = ?', [id]);
      expect(rows, JSON.stringify(id)).to.have.length(found);
    }
  });

  it('refuses what does not fit instead of cutting it', async () => {
    const device = testDevice('x'.repeat(65));
    let code: string | undefined;
    await putDevices(storage.pool, [device]).catch((error: unknown) => {
      code = error instanceof BiotError ? error.code : 'other';
    });
    expect(code).to.equal('INTERNAL');
  });
});

import { expect } from 'chai';
import type { Pool } from 'mariadb';
import { z } from 'zod';

import { DEMO_FLEET } from '../../scripts/platform/demo-fleet.ts';
import { crash, eventually, ownerPool, startAgain, testHome } from '../harness/instance.ts';
import { expectVerified } from '../harness/verification.ts';

const rangesRow = z.object({
  device_id: z.string(),
  first: z.coerce.number(),
  last: z.coerce.number(),
  stored: z.coerce.number(),
});
type Stored = z.infer<typeof rangesRow>;

/** What the sequence ranges of the demo devices say: `stored` above `last` is doubled, below it is missing. */
async function storedRanges(pool: Pool): Promise<Stored[]> {
  const rows: unknown = await pool.query(
    `SELECT device_id, MIN(first_seq) AS first, MAX(last_seq) AS last, SUM(last_seq - first_seq + 1) AS stored
     FROM batch_ranges WHERE device_id IN (?) GROUP BY device_id, epoch`,
    [DEMO_FLEET.map(({ id }) => id)],
  );
  return z.array(rangesRow).parse(rows);
}

function whole({ first, last, stored }: Stored): boolean {
  return first === 1 && stored === last;
}

describe('any process killed while devices publish', function () {
  this.timeout(300_000);
  const home = testHome();
  let pool: Pool;

  before(() => {
    pool = ownerPool(home);
  });
  after(() => pool.end());

  async function last(): Promise<number> {
    return Math.min(...(await storedRanges(pool)).map((range) => range.last));
  }

  /** Every device goes on, and no number of any of them is missing or stored twice. */
  async function recovers(): Promise<void> {
    await eventually(
      async () => (await storedRanges(pool)).length === DEMO_FLEET.length,
      'all devices to publish',
    );
    const before = await last();
    await eventually(async () => (await last()) > before + 1, 'every device to go on', 90_000);
    await eventually(async () => (await storedRanges(pool)).every(whole), 'no gaps', 90_000);
    const rows: unknown = await pool.query(
      'SELECT COUNT(*) - COUNT(DISTINCT device_id, epoch, seq, sensor_type) AS doubled FROM telemetry',
    );
    expect(z.array(z.object({ doubled: z.coerce.number() })).parse(rows)[0]?.doubled).to.equal(0);
  }

  for (const names of [
    ['ingest'],
    ['gateway'],
    ['operator-peer'],
    ['manufacturer-orderer'],
    ['operator-chaincode'],
    ['mariadb'],
    ['mosquitto'],
    ['simulator'],
    // One of each kind and each organisation: too few are left to endorse.
    ['manufacturer-peer', 'operator-orderer', 'auditor-chaincode'],
    ['auditor-peer', 'auditor-orderer', 'manufacturer-chaincode'],
  ]) {
    it(`${names.join(', ')}: after a new start nothing is lost or doubled`, async () => {
      await Promise.all(names.map((name) => crash(home, name)));
      await startAgain();
      await recovers();
    });
  }

  it('verify finds nothing afterwards', () => expectVerified());
});

import { inspect } from 'node:util';

import { expect } from 'chai';

import { pendingMessage } from '../../ingest/store/pending-message.ts';
import { testDevice } from '../../ingest/testing/devices.ts';
import { committedRanges, lastSeen } from '../../sql/queries/devices.ts';
import { findMember } from '../../sql/queries/members.ts';
import { rollup } from '../../sql/queries/rollup.ts';
import { latestValues, readingPage, sensorSpan } from '../../sql/queries/telemetry.ts';
import { LOG, testStorage } from '../harness/storage.ts';

describe('queries on MariaDB', () => {
  const storage = testStorage();

  const device = testDevice('press-07');
  const start = Date.UTC(2013, 11, 31, 23);

  beforeEach(async () => {
    const messages = Array.from({ length: 120 }, (_, index) =>
      pendingMessage(device, {
        seq: index + 1,
        ts: start + index * 60_000,
        values: index % 2 === 0 ? { temperature: index } : { temperature: index, humidity: -index },
      }),
    );
    await storage.writer().write(messages.slice(0, 70));
    await storage.writer().write(messages.slice(70));
  });

  it('page through all readings, newest first, each once, over partitions and equal instants', async () => {
    const twin = pendingMessage(device, { seq: 500, ts: start + 119 * 60_000, values: { pressure: 1 } });
    await storage.writer().write([twin]);
    const ids: bigint[] = [];
    let page = await readingPage(storage.pool, { device: device.id, tenants: '*', limit: 7 });
    while (page.length > 0) {
      ids.push(...page.map(({ id }) => id));
      page = await readingPage(storage.pool, {
        device: device.id,
        tenants: '*',
        limit: 7,
        before: page.at(-1)!,
      });
    }
    expect(ids).to.have.length(181);
    expect(new Set(ids).size).to.equal(181);
    const first = await readingPage(storage.pool, { device: device.id, tenants: '*', limit: 1 });
    expect(first[0]).to.deep.include({ sensor: 'pressure', seq: 500, ts: start + 119 * 60_000 });
    expect(first[0]!.anchor).to.deep.equal({ logId: LOG, sequence: 2, state: 'sealed' });
  });

  it('limit readings by sensor and by instants, the first included, the last not', async () => {
    const query = {
      device: device.id,
      tenants: '*' as const,
      sensor: 'humidity',
      from: start + 60_000,
      to: start + 5 * 60_000,
      limit: 50,
    };
    expect((await readingPage(storage.pool, query)).map(({ value }) => value)).to.deep.equal([-3, -1]);
  });

  it('name a row that belongs to no batch as such', async () => {
    await storage.pool.query(
      `INSERT INTO telemetry VALUES (9223372036854775807, 'acme', 'press-07', 1, 1, 'state', 1, '2026-01-01')`,
    );
    const [row] = await readingPage(storage.pool, { device: device.id, tenants: '*', limit: 1 });
    expect(row).to.deep.include({ id: 2n ** 63n - 1n, anchor: null });
  });

  it('roll readings up into buckets that the clock gives', async () => {
    const buckets = await rollup(storage.pool, {
      device: device.id,
      tenants: '*',
      sensor: 'temperature',
      from: start,
      to: start + 120 * 60_000,
      bucketMs: 3_600_000,
    });
    expect(buckets).to.deep.equal([
      { ts: start, min: 0, max: 59, avg: 29.5, count: 60 },
      { ts: start + 3_600_000, min: 60, max: 119, avg: 89.5, count: 60 },
    ]);
  });

  it('give each sensor’s newest value, and its first and last instant', async () => {
    expect(await latestValues(storage.pool, { device: device.id, tenants: '*' })).to.deep.equal([
      { sensor: 'humidity', ts: start + 119 * 60_000, value: -119 },
      { sensor: 'temperature', ts: start + 119 * 60_000, value: 119 },
    ]);
    expect(
      await sensorSpan(storage.pool, { device: device.id, sensor: 'humidity', tenants: '*' }),
    ).to.deep.equal({
      from: start + 60_000,
      to: start + 119 * 60_000,
    });
    expect(await sensorSpan(storage.pool, { device: device.id, sensor: 'noise', tenants: '*' })).to.equal(
      undefined,
    );
  });

  it('give the ranges that are stored, from a number on', async () => {
    expect(
      await committedRanges(storage.pool, { device: device.id, epoch: 1, from: 71, limit: 9 }),
    ).to.deep.equal([{ first: 71, last: 120 }]);
  });

  it('show no value in an error, which may end up in a log', async () => {
    const texts = await Promise.all([
      storage.pool
        .query('SELECT * FROM nowhere WHERE x = ?', ['hush'])
        .then(String, (error: unknown) => inspect(error)),
      storage.models.members
        .create({
          name: 'hush',
          role: 'x'.repeat(99),
          org: 'x',
          passwordHash: 'x',
          certificate: 'x',
          sealedKey: 'x',
        })
        .then(String, (error: unknown) => inspect(error instanceof Error ? error.message : error)),
    ]);
    for (const text of texts)
      expect(text)
        .to.match(/doesn't exist|too long/)
        .and.not.to.include('hush');
  });

  it('take a text for a value, whatever is in it', async () => {
    const nasty = "x' OR '1'='1";
    expect(await readingPage(storage.pool, { device: nasty, tenants: '*', limit: 5 })).to.deep.equal([]);
    expect(await findMember(storage.models, nasty)).to.equal(undefined);
    expect(await lastSeen(storage.models, [nasty])).to.deep.equal(new Map());
  });
});

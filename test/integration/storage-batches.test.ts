import { expect } from 'chai';
import fc from 'fast-check';
import type { Pool } from 'mariadb';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { toHex } from '../../chaincode/protocol/hash.ts';
import { encodeRawMessage, type Message } from '../../chaincode/protocol/message.ts';
import { type PendingMessage, pendingMessage } from '../../ingest/store/pending-message.ts';
import { testDevice, testMessage } from '../../ingest/testing/devices.ts';
import { anchorPage } from '../../sql/queries/anchors.ts';
import { lastSeen } from '../../sql/queries/devices.ts';
import { readingPage } from '../../sql/queries/telemetry.ts';
import { totals } from '../../sql/queries/totals.ts';
import type { Queryable } from '../../sql/query.ts';
import { type Transact, transactions } from '../../sql/transaction.ts';
import { putDevices } from '../../sql/writers/devices.ts';
import { codeOf } from '../harness/failure.ts';
import { eventually } from '../harness/instance.ts';
import { LOG, NOW, testStorage } from '../harness/storage.ts';
import { expectSoundLog, storedMessages } from '../harness/stored-log.ts';

/** Transactions that break at a chosen statement, or lose the answer to their COMMIT. */
function fragile(pool: Pool, breakAt: () => number | 'commit' | undefined): Transact {
  const whole = transactions(pool);
  const lost = (): BiotError => new BiotError('DATABASE_UNAVAILABLE', 'the connection is gone');
  return async (work) => {
    const at = breakAt();
    const result = await whole(async (transaction) => {
      let count = 0;
      const watched: Queryable = {
        query: (sql, values) => {
          count += 1;
          return count === at ? Promise.reject(lost()) : transaction.query(sql, values);
        },
      };
      return work(watched);
    });
    if (at === 'commit') throw lost();
    return result;
  };
}

/** Whether a statement that reads a log's rows is running, which without a lock takes no time worth seeing. */
async function asksForLog(pool: Pool): Promise<boolean> {
  const running: unknown[] = await pool.query(
    "SELECT 1 FROM information_schema.processlist WHERE info LIKE 'SELECT log_id, sequence%FROM batches%'",
  );
  return running.length > 0;
}

describe('batches in MariaDB', () => {
  const storage = testStorage();

  const devices = ['a', 'b', 'c'].map((name) => testDevice(`device-${name}`));

  async function write(...batches: PendingMessage[][]): Promise<void> {
    const sut = storage.writer();
    for (const batch of batches) await sut.write(batch);
  }

  function sent(): fc.Arbitrary<PendingMessage[]> {
    const message = fc.record({
      device: fc.constantFrom(...devices),
      seq: fc.integer({ min: 1, max: 12 }),
      temperature: fc.constantFrom(20, 20, 20, 21),
      humidity: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })),
      ts: fc.constantFrom(NOW, Date.UTC(2013, 11, 2, 21, 15), Date.UTC(2000, 0, 1)),
    });
    return fc.array(message, { minLength: 1, maxLength: 80 }).map((messages) =>
      messages.map(({ device, seq, temperature, humidity, ts }) => {
        const values: Message['values'] = humidity === null ? { temperature } : { temperature, humidity };
        return pendingMessage(device, { seq, ts, values });
      }),
    );
  }

  it('stores the set that was sent, whatever is repeated, reordered, contradicted or broken off', async function () {
    this.timeout(120_000);
    const breaks = fc.array(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constant('commit' as const)), {
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(sent(), fc.integer({ min: 1, max: 30 }), breaks, async (messages, size, plan) => {
        await storage.empty();
        const faults = [...plan];
        const sut = storage.writer(fragile(storage.pool, () => faults.shift()));
        const kept: string[] = [];
        for (let from = 0; from < messages.length; from += size) {
          const batch = messages.slice(from, from + size);
          for (;;) {
            const written = await sut.write(batch).catch((error: unknown) => {
              if (error instanceof BiotError && error.code === 'DATABASE_UNAVAILABLE') return undefined;
              throw error;
            });
            if (written === undefined) continue;
            const taken = batch.filter((_, index) => written.outcomes[index] !== 'excess');
            kept.push(...taken.map(({ canonical }) => toHex(canonical)));
            break;
          }
        }
        const stored = [...(await storedMessages(storage.pool)).values()]
          .flat()
          .map(encodeRawMessage)
          .map(toHex);
        expect(stored.sort()).to.deep.equal([...new Set(kept)].sort());
        await expectSoundLog(storage.pool, LOG);
      }),
      { numRuns: 40 },
    );
  });

  it('stores a message once that two workers get at the same time', async () => {
    const messages = Array.from({ length: 300 }, (_, index) => testMessage(devices[index % 3]!, index + 1));
    const other = 'ingest-2@operator';
    const [first, second] = await Promise.all([
      storage.writer().write(messages),
      storage.writer(transactions(storage.pool), other).write(messages.toReversed()),
    ]);
    const outcomes = [...first.outcomes, ...second.outcomes];
    expect(outcomes.filter((outcome) => outcome === 'stored')).to.have.length(300);
    expect(outcomes.filter((outcome) => outcome === 'again')).to.have.length(300);
    await expectSoundLog(storage.pool, LOG);
    await expectSoundLog(storage.pool, other);
  });

  it('neither writes over nor goes around a batch that somebody else put into the place of the next', async () => {
    const [first, second] = [storage.writer(), storage.writer()];
    const at = (seq: number): PendingMessage[] => [testMessage(devices[0]!, seq)];
    await first.write(at(1));
    await second.write(at(2));
    expect(await codeOf(first.write(at(3)))).to.equal('INTERNAL');
    expect(await codeOf(first.write(at(3)))).to.equal('ANCHOR_CONFLICT');
    expect(await anchorPage(storage.pool, { logId: LOG, limit: 10 })).to.have.length(2);
    await expectSoundLog(storage.pool, LOG);
  });

  it('follows the batch of a writer that was killed, when the server carries out its COMMIT later', async () => {
    const committing = Promise.withResolvers<null>();
    const reached = Promise.withResolvers<null>();
    const slow: Transact = (work) =>
      transactions(storage.pool)(async (transaction) => {
        const result = await work(transaction);
        reached.resolve(null);
        await committing.promise;
        return result;
      });
    const killed = storage.writer(slow).write([testMessage(devices[0]!, 1)]);
    await reached.promise;
    const next = storage.writer().write([testMessage(devices[1]!, 1)]);
    await eventually(() => asksForLog(storage.pool), 'the new writer to wait for the log').finally(() => {
      committing.resolve(null);
    });
    const headers = [(await killed).header, (await next).header];
    expect(headers.map((header) => header?.sequence)).to.deep.equal([0, 1]);
    await expectSoundLog(storage.pool, LOG);
  });

  it('continues its own log, whatever somebody puts behind its end', async () => {
    const sut = storage.writer();
    await sut.write([testMessage(devices[0]!, 1)]);
    await storage.pool.query(
      `INSERT INTO batches (log_id, sequence, size, readings, total_messages, total_readings, root, previous,
         ranges_root, header_hash, earliest, latest)
       SELECT log_id, 888888, 1, 1, 1, 1, root, previous, ranges_root, header_hash, earliest, latest FROM batches`,
    );
    expect((await sut.write([testMessage(devices[0]!, 2)])).header?.sequence).to.equal(1);
    expect((await storage.writer().write([testMessage(devices[0]!, 3)])).header?.sequence).to.equal(2);
  });

  it('recognises a message in the middle of a long range', async () => {
    const [device] = devices;
    await write(Array.from({ length: 500 }, (_, index) => testMessage(device!, index + 1)));
    const { outcomes, header } = await storage.writer().write([testMessage(device!, 250)]);
    expect([outcomes, header]).to.deep.equal([['again'], undefined]);
  });

  it('keeps both contents of one number and raises one alert a minute that names both places', async () => {
    const [device] = devices;
    const [one, two, three] = [20, 21, 22].map((temperature) => testMessage(device!, 5, { temperature }));
    const sut = storage.writer();
    await sut.write([testMessage(device!, 4), one!]);
    await sut.write([two!]);
    await sut.write([three!]);
    const alerts = await storage.models.alerts.findAll();
    expect(alerts.map(({ deviceId, type, severity }) => [deviceId, type, severity])).to.deep.equal([
      ['device-a', 'SEQUENCE_CONFLICT', 'critical'],
    ]);
    expect(alerts[0]!.details).to.deep.include({
      epoch: 1,
      seq: 5,
      earlier: { logId: LOG, sequence: 0, leaf: 1 },
      later: { logId: LOG, sequence: 1, leaf: 0 },
    });
    const page = await readingPage(storage.pool, { device: 'device-a', tenants: '*', limit: 10 });
    expect(page.filter(({ seq }) => seq === 5).map(({ value }) => value)).to.have.members([20, 21, 22]);
  });

  it('goes on when somebody has damaged a witness copy, and says so', async () => {
    const [device] = devices;
    await write([testMessage(device!, 1)]);
    await storage.pool.query("UPDATE batches SET messages = 'broken'");
    await write([testMessage(device!, 1), testMessage(device!, 2)]);
    const alerts = await storage.models.alerts.findAll();
    expect(alerts.map(({ type }) => type)).to.deep.equal(['WITNESS_DAMAGED']);
  });

  it('keeps running totals, and the instant a device was last heard of', async () => {
    await write([testMessage(devices[0]!, 1), testMessage(devices[1]!, 1)], [testMessage(devices[0]!, 2)]);
    expect(await totals(storage.pool, { tenants: '*', now: NOW })).to.deep.equal({
      messages: 3,
      messagesLastMinute: 3,
      readings: 3,
      anchorsCommitted: 0,
      anchorsPending: 2,
      lastBlock: null,
    });
    const seen = await lastSeen(
      storage.models,
      devices.map(({ id }) => id),
    );
    expect([...seen]).to.have.deep.members([
      ['device-a', NOW],
      ['device-b', NOW],
    ]);
  });

  it('does not take a device’s last-seen away when the ledger changes the device', async () => {
    await write([testMessage(devices[0]!, 1)]);
    await putDevices(storage.pool, [testDevice('device-a', { status: 'suspended' })]);
    const row = await storage.models.devices.findByPk('device-a');
    expect([row?.status, row?.lastSeen?.getTime()]).to.deep.equal(['suspended', NOW]);
  });
});

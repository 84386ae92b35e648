import { expect } from 'chai';
import type { Pool } from 'mariadb';
import { z } from 'zod';

import { eventually, lastJson, ownerPool, runScript, testHome } from '../harness/instance.ts';
import { openPublisher, type Publisher } from '../harness/publisher.ts';
import { makeActiveDevice } from '../harness/test-device.ts';
import { expectVerified } from '../harness/verification.ts';

const LOG = 'ingest-1@operator';
const FAR = 888_888;
/** Who was refused tries again after up to 30 s. */
const WITHIN_MS = 60_000;

describe('anchoring goes on, whatever one statement does to the database', function () {
  this.timeout(180_000);
  const home = testHome();
  let pool: Pool;
  let publisher: Publisher;

  before(async () => {
    pool = ownerPool(home);
    publisher = await openPublisher(home, await makeActiveDevice(home, 'sabotage'));
    await anchorsMore();
  });
  after(async () => {
    await publisher.close();
    await pool.end();
  });

  async function number(sql: string, values: unknown[] = []): Promise<number> {
    const rows: unknown = await pool.query(sql, values);
    return z.array(z.object({ found: z.coerce.number() })).parse(rows)[0]?.found ?? 0;
  }

  /** Publishes, and waits until everything that was published is receipted and anchored. */
  async function anchorsMore(): Promise<void> {
    publisher.publish(10);
    await eventually(() => publisher.store.size === 0, 'receipts', WITHIN_MS);
    const open = (): Promise<number> =>
      number(
        `SELECT COUNT(*) AS found FROM blockchain_tx t JOIN batch_ranges r USING (batch_id)
         WHERE r.device_id = ? AND t.status <> 'committed'`,
        [publisher.id],
      );
    await eventually(async () => (await open()) === 0, 'anchors', WITHIN_MS);
  }

  it('when an old batch is set back to sealed, and all blocks and transactions are false', async () => {
    const old = await number(`SELECT MIN(sequence) AS found FROM blockchain_tx WHERE log_id = ?`, [LOG]);
    const whole: unknown = await pool.query(
      'SELECT tx_id, tx_hash, block_number FROM blockchain_tx WHERE tx_hash IS NOT NULL AND block_number IS NOT NULL',
    );
    const rows = z
      .array(z.object({ tx_id: z.unknown(), tx_hash: z.unknown(), block_number: z.unknown() }))
      .parse(whole);
    // Of these alone: what is anchored meanwhile would keep what is false.
    await pool.query(
      "UPDATE blockchain_tx SET tx_hash = REPEAT('f', 64), block_number = 999999 WHERE tx_id IN (?)",
      [rows.map(({ tx_id }) => tx_id)],
    );
    await pool.query(
      `UPDATE blockchain_tx SET status = 'sealed', tx_hash = NULL, block_number = NULL
       WHERE log_id = ? AND sequence = ?`,
      [LOG, old],
    );
    await anchorsMore();
    await eventually(
      async () =>
        (await number(
          `SELECT COUNT(*) AS found FROM blockchain_tx
           WHERE log_id = ? AND sequence = ? AND status = 'committed' AND block_number < 999999`,
          [LOG, old],
        )) === 1,
      'the old batch to be marked again',
    );
    for (const { tx_id, tx_hash, block_number } of rows)
      await pool.query('UPDATE blockchain_tx SET tx_hash = ?, block_number = ? WHERE tx_id = ?', [
        tx_hash,
        block_number,
        tx_id,
      ]);
    await expectVerified();
  });

  it('when somebody invents a batch far behind the end of the log', async () => {
    await insertAt(FAR);
    await anchorsMore();
    expect(
      await number('SELECT COUNT(*) AS found FROM batches WHERE log_id = ? AND sequence > ?', [LOG, FAR]),
    ).to.equal(0);
    await removeAt(FAR);
    await anchorsMore();
    await expectVerified();
  });

  it('when somebody takes the place of a batch to come: nothing is lost, and it goes on when the row is gone', async () => {
    const end = await number('SELECT MAX(sequence) + 5 AS found FROM batches WHERE log_id = ?', [LOG]);
    await insertAt(end);
    const alerts = (): Promise<number> =>
      number("SELECT COUNT(*) AS found FROM alerts WHERE type = 'LOG_PLACE_TAKEN' AND details LIKE ?", [
        `%${LOG}/${String(end)} %`,
      ]);
    publisher.publishEvery(100);
    await eventually(async () => (await alerts()) === 1, 'an alert');
    publisher.stop();
    const shown = await runScript('status', '--json');
    expect(shown.code).to.equal(1);
    const { reasons } = lastJson(shown.out, z.looseObject({ reasons: z.array(z.string()) }));
    expect(reasons.join()).to.include(`${LOG}/${String(end)} `);
    expect(publisher.store.size).to.be.greaterThan(0);
    await removeAt(end);
    await anchorsMore();
    expect(await alerts()).to.equal(1);
    expect((await runScript('status')).code).to.equal(0);
    await expectVerified();
  });

  async function insertAt(sequence: number): Promise<void> {
    await pool.query(
      `INSERT INTO batches (log_id, sequence, size, readings, total_messages, total_readings, root, previous,
         ranges_root, header_hash, earliest, latest)
       SELECT log_id, ?, 1, 1, 1, 1, root, previous, ranges_root, header_hash, earliest, latest
       FROM batches WHERE log_id = ? ORDER BY sequence LIMIT 1`,
      [sequence, LOG],
    );
  }

  async function removeAt(sequence: number): Promise<void> {
    await pool.query('DELETE FROM batches WHERE log_id = ? AND sequence = ?', [LOG, sequence]);
  }
});

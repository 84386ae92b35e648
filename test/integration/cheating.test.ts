import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';
import type { Pool } from 'mariadb';
import { z } from 'zod';

import { checkpointSchema, headerHashHex, headerSchema } from '../../chaincode/protocol/header.ts';
import {
  countReadings,
  eventually,
  lastJson,
  ownerPool,
  runProgram,
  runScript,
  testHome,
} from '../harness/instance.ts';

const reportSchema = z.looseObject({
  ok: z.boolean(),
  messages: z.number(),
  checkpoints: z.array(checkpointSchema),
  differences: z.array(
    z.looseObject({ kind: z.string(), table: z.string(), key: z.string(), what: z.string() }),
  ),
});
type Report = z.infer<typeof reportSchema>;

const ROWS = 2_000;
const LOG = 'ingest-1@operator';

/** A file of five-minute readings of 2014, as `timestamp,value`. */
function csv(): string {
  const start = Date.UTC(2014, 0, 1);
  const lines = Array.from({ length: ROWS }, (_, index) => {
    const instant = new Date(start + index * 300_000).toISOString().slice(0, 19).replace('T', ' ');
    return `${instant},${String(20 + Math.sin(index / 50) * 5)}`;
  });
  return `timestamp,value\n${lines.join('\n')}\n`;
}

describe('a file replayed, and then the database changed by hand', function () {
  this.timeout(120_000);
  const home = testHome();
  const device = `replayed-${String(Date.now())}`;
  let pool: Pool;
  let folder: string;

  before(() => {
    pool = ownerPool(home);
    folder = mkdtempSync(join(tmpdir(), 'biot-replay-'));
  });
  after(async () => {
    rmSync(folder, { recursive: true, force: true });
    await pool.end();
  });

  async function verify(): Promise<{ code: number; report: Report }> {
    const ran = await runScript('verify', '--json');
    return { code: ran.code, report: lastJson(ran.out, reportSchema) };
  }

  async function anchored(): Promise<boolean> {
    const rows: unknown = await pool.query(
      `SELECT COUNT(*) AS open FROM blockchain_tx t JOIN batch_ranges r USING (batch_id)
       WHERE r.device_id = ? AND t.status <> 'committed'`,
      [device],
    );
    return z.array(z.object({ open: z.coerce.number() })).parse(rows)[0]?.open === 0;
  }

  it('stores every row once, and anchors all within ten seconds', async () => {
    const file = join(folder, 'series.csv');
    writeFileSync(file, csv());
    const ran = await runScript(
      'replay',
      file,
      '--device',
      device,
      '--sensor',
      'temperature',
      '--speed',
      'max',
      '--json',
    );
    expect(ran.code, ran.error).to.equal(0);
    const report = lastJson(
      ran.out,
      z.looseObject({ sent: z.number(), receipted: z.number(), seconds: z.number() }),
    );
    expect(report).to.include({ sent: ROWS, receipted: ROWS });
    expect(await countReadings(pool, device)).to.deep.equal({ readings: ROWS, distinct: ROWS });
    await eventually(anchored, 'all anchors', 10_000);
  });

  it('holds, by the checkpoint that the auditor gets with the peer command', async () => {
    const { code, report } = await verify();
    expect(report.differences).to.deep.equal([]);
    expect({ code, ok: report.ok }).to.deep.equal({ code: 0, ok: true });
    const used = report.checkpoints.find(({ logId }) => logId === LOG);
    // The log has grown since, perhaps: the header that ended it then is what the peer must know.
    const header = `{"Args":["AnchorContract:Get","${LOG}","${String((used?.size ?? 0) - 1)}"]}`;
    const query = [
      'auditor',
      '--',
      'peer',
      'chaincode',
      'query',
      '-C',
      'anchors',
      '-n',
      'biot',
      '-c',
      header,
    ];
    const asked = await runProgram('scripts/consortium/as.sh', query);
    expect(asked.code, asked.error).to.equal(0);
    expect(headerHashHex(headerSchema.parse(JSON.parse(asked.out)))).to.equal(used?.head);
  });

  it('names the row whose value was changed, the one that was deleted and the one that was added', async () => {
    const rows: unknown = await pool.query(
      'SELECT telemetry_id FROM telemetry WHERE device_id = ? ORDER BY telemetry_id LIMIT 3',
      [device],
    );
    const ids = z
      .array(z.object({ telemetry_id: z.union([z.string(), z.bigint()]).transform(String) }))
      .parse(rows)
      .map((row) => row.telemetry_id);
    const [changed, deleted, source] = ids;
    const invented = String(BigInt(source ?? 0) + 1n);
    await pool.query('CREATE TABLE kept AS SELECT * FROM telemetry WHERE telemetry_id IN (?)', [
      [changed, deleted],
    ]);
    await pool.query('UPDATE telemetry SET value = value + 0.0000001 WHERE telemetry_id = ?', [changed]);
    await pool.query('DELETE FROM telemetry WHERE telemetry_id = ?', [deleted]);
    await pool.query(
      `INSERT INTO telemetry (telemetry_id, tenant, device_id, epoch, seq, sensor_type, value, timestamp)
       SELECT ?, tenant, device_id, epoch, seq, sensor_type, value, timestamp FROM telemetry WHERE telemetry_id = ?`,
      [invented, source],
    );
    const { code, report } = await verify();
    expect(code).to.equal(1);
    expect(report.differences.map(({ kind, table, key }) => ({ kind, table, key }))).to.have.deep.members([
      { kind: 'changed', table: 'telemetry', key: changed },
      { kind: 'missing', table: 'telemetry', key: deleted },
      { kind: 'added', table: 'telemetry', key: invented },
    ]);
    await pool.query('DELETE FROM telemetry WHERE telemetry_id IN (?)', [[changed, invented]]);
    await pool.query('INSERT INTO telemetry SELECT * FROM kept');
    await pool.query('DROP TABLE kept');
    expect((await verify()).report.differences).to.deep.equal([]);
  });
});

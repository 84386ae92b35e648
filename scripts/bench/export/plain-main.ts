/** A process that exports as one does without thinking of memory: all rows, then all text, then written. */
import { readFileSync, writeFileSync } from 'node:fs';
import { json } from 'node:stream/consumers';

import { createConnection } from 'mariadb';
import { z } from 'zod';

import { openHome } from '../../../network/home/home.ts';
import { homeDatabase } from '../../../sql/connect.ts';
import { parsePeak } from '../peak-memory.ts';
import { plainWorkSchema, type plainSchema } from './plain-work.ts';

const rowsSchema = z.custom<readonly Record<string, unknown>[]>(Array.isArray);

async function main(): Promise<z.infer<typeof plainSchema>> {
  const { home, rows: limit } = plainWorkSchema.parse(await json(process.stdin));
  const { socket: socketPath, ...who } = homeDatabase(openHome(home), 'biot_auditor');
  const connection = await createConnection({ socketPath, ...who, dateStrings: true, logParam: false });
  const before = process.memoryUsage.rss();
  const began = performance.now();
  const rows = rowsSchema.parse(
    await connection.query(
      `SELECT telemetry_id, t.device_id, tenant, sensor_type, timestamp, value, seq, epoch, log_id, sequence
       FROM telemetry t LEFT JOIN blockchain_tx b ON b.batch_id = t.telemetry_id >> 20
       ORDER BY t.device_id, timestamp DESC, telemetry_id DESC LIMIT ?`,
      [limit],
    ),
  );
  const text = rows.map((row) => `${Object.values(row).join(',')}\n`).join('');
  writeFileSync('/dev/null', text);
  const seconds = (performance.now() - began) / 1000;
  const peak = parsePeak(readFileSync('/proc/self/status', 'utf8'));
  await connection.end();
  return { rows: rows.length, seconds, megabytes: peak - before / 1024 ** 2 };
}

process.stdout.write(JSON.stringify(await main()), () => process.exit(0));

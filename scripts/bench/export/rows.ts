import type { Pool } from 'mariadb';

import { toDatetime } from '../../../sql/columns.ts';
import { execute } from '../../../sql/query.ts';
import { BENCH_TENANT } from '../fleet.ts';

const SENSORS = 3;
const BATCH_MESSAGES = 2_048;
const BATCH_ROWS = SENSORS * BATCH_MESSAGES;
const LOG = 'bench@operator';
/** In one statement, so that no transaction grows large. */
const BATCHES_AT_ONCE = 50;

/** Rows as they lie there after batches of all devices' messages were stored; nothing of it could be proved. */
export async function fillTelemetry(
  database: Pool,
  { rows, devices, now }: { rows: number; devices: number; now: number },
): Promise<void> {
  const batches = Math.ceil(rows / BATCH_ROWS);
  await execute(
    database,
    `INSERT INTO batches (batch_id, log_id, sequence, size, readings, total_messages, total_readings, root, previous,
       ranges_root, header_hash, earliest, latest)
     SELECT seq, ?, seq - 1, ?, ?, 0, 0, REPEAT('r', 32), REPEAT('p', 32), REPEAT('a', 32), REPEAT('h', 32), ?, ?
     FROM seq_1_to_${batches}`,
    [LOG, BATCH_MESSAGES, BATCH_ROWS, toDatetime(now), toDatetime(now)],
  );
  await execute(
    database,
    `INSERT INTO blockchain_tx (batch_id, log_id, sequence, status, block_number)
     SELECT seq, ?, seq - 1, 'committed', 1 FROM seq_1_to_${batches}`,
    [LOG],
  );
  const start = now - 1_000 * Math.ceil(rows / SENSORS / devices);
  for (let first = 0; first < rows; first += BATCHES_AT_ONCE * BATCH_ROWS) {
    const last = Math.min(first + BATCHES_AT_ONCE * BATCH_ROWS, rows) - 1;
    await execute(
      database,
      `INSERT INTO telemetry (telemetry_id, tenant, device_id, epoch, seq, sensor_type, value, timestamp)
       SELECT (1 + seq DIV ${BATCH_ROWS} << 20) + (seq DIV ${SENSORS} % ${BATCH_MESSAGES} << 6) + seq % ${SENSORS},
         ?, CONCAT('bench-', LPAD(1 + seq DIV ${SENSORS} % ${devices}, 4, '0')), 1, 1 + seq DIV ${SENSORS * devices},
         ELT(1 + seq % ${SENSORS}, 'humidity', 'pressure', 'temperature'), 20 + seq % 1000 / 7,
         ? + INTERVAL seq DIV ${SENSORS * devices} SECOND
       FROM seq_${first}_to_${last}`,
      [BENCH_TENANT, toDatetime(start)],
    );
  }
}

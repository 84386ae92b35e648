import { type Migration, NAME, TABLE } from './migration.ts';

/**
 * `telemetry` begins with its catch-all partition alone; `partitions.ts` splits it by the clock. Partitioned tables
 * have no foreign keys, and a unique key must hold the partitioning column: hence the primary key of two. The key by
 * device names the id, which a secondary key holds anyway: the optimizer then lists newest first without sorting.
 */
export const telemetry: Migration = {
  name: '0003-telemetry',
  statements: [
    `CREATE TABLE IF NOT EXISTS telemetry (
      telemetry_id BIGINT UNSIGNED NOT NULL COMMENT 'batch, leaf and place in the message',
      tenant VARCHAR(32) ${NAME} NOT NULL,
      device_id VARCHAR(64) ${NAME} NOT NULL,
      epoch INT UNSIGNED NOT NULL,
      seq BIGINT UNSIGNED NOT NULL,
      sensor_type VARCHAR(32) ${NAME} NOT NULL,
      value DOUBLE NOT NULL,
      timestamp DATETIME(3) NOT NULL,
      PRIMARY KEY (telemetry_id, timestamp),
      KEY telemetry_by_device (device_id, timestamp, telemetry_id)
    ) ${TABLE}
    PARTITION BY RANGE COLUMNS (timestamp) (PARTITION p_future VALUES LESS THAN (MAXVALUE))`,
  ],
};

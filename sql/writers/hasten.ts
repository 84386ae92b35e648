import { toDatetime } from '../columns.ts';
import { chunks, execute, placeholders, type Queryable } from '../query.ts';

/** Devices in one statement. */
const DEVICES_AT_ONCE = 500;

/** What hands out at once, in place of at its next attempt, what waits in these states for devices that were heard of. */
export function hastening(
  table: 'device_commands' | 'rollout_devices',
  states: readonly string[],
): (database: Queryable, devices: readonly string[], now: number) => Promise<void> {
  return async (database, devices, now) => {
    for (const part of chunks(devices, DEVICES_AT_ONCE)) {
      await execute(
        database,
        `UPDATE ${table} SET next_at = ? WHERE device_id IN ${placeholders(part.length)}
         AND state IN ${placeholders(states.length)} AND next_at > ?`,
        [toDatetime(now), ...part, ...states, toDatetime(now)],
      );
    }
  };
}

import { z } from 'zod';

import type { Device } from '../../chaincode/protocol/device.ts';
import { toDatetime } from '../columns.ts';
import { chunks, execute, placeholders, type Queryable, select } from '../query.ts';

const COLUMNS = [
  'device_id',
  'tenant',
  'blockchain_id',
  'type',
  'org',
  'status',
  'epoch',
  'created_at',
  'updated_at',
] as const;

/** Devices in one statement. */
const DEVICES_AT_ONCE = 500;

function valuesOf(device: Device): unknown[] {
  return [
    device.id,
    device.tenant,
    device.transaction,
    device.type,
    device.org,
    device.status,
    device.epoch,
    toDatetime(Date.parse(device.registeredAt)),
    toDatetime(Date.parse(device.updatedAt)),
  ];
}

/** In the order in which every transaction locks devices, so that two never wait for each other. */
function inOrder<Item>(items: Iterable<Item>, idOf: (item: Item) => string): Item[] {
  return [...items].sort((left, right) => (idOf(left) < idOf(right) ? -1 : 1));
}

async function upsert(database: Queryable, devices: readonly Device[], onDuplicate: string): Promise<void> {
  for (const part of chunks(devices, DEVICES_AT_ONCE)) {
    const rows = part.map(() => placeholders(COLUMNS.length)).join(', ');
    await execute(
      database,
      `INSERT INTO devices (${COLUMNS.join(', ')}) VALUES ${rows} ON DUPLICATE KEY UPDATE ${onDuplicate}`,
      part.flatMap(valuesOf),
    );
  }
}

/**
 * Writes devices as the ledger has them. `last_seen` is kept.
 *
 * @throws BiotError DATABASE_UNAVAILABLE or INTERNAL
 */
export async function putDevices(database: Queryable, devices: Iterable<Device>): Promise<void> {
  const changed = COLUMNS.filter((column) => column !== 'device_id');
  await upsert(
    database,
    inOrder(devices, ({ id }) => id),
    changed.map((column) => `${column} = VALUES(${column})`).join(', '),
  );
}

const idRow = z.object({ id: z.string() });

/**
 * Locks the rows of these devices until the transaction ends, and adds those that the projection does not have yet.
 * While they are locked, no other worker stores a message of theirs: what was looked up stays true until commit.
 */
export async function lockDevices(transaction: Queryable, devices: Iterable<Device>): Promise<void> {
  const ordered = inOrder(devices, ({ id }) => id);
  const rows = await Promise.all(
    chunks(ordered, DEVICES_AT_ONCE).map((part) =>
      select(
        transaction,
        idRow,
        `SELECT device_id AS id FROM devices WHERE device_id IN ${placeholders(part.length)}
         ORDER BY device_id FOR UPDATE`,
        part.map(({ id }) => id),
      ),
    ),
  );
  const locked = new Set(rows.flat().map(({ id }) => id));
  await upsert(
    transaction,
    ordered.filter(({ id }) => !locked.has(id)),
    'device_id = device_id',
  );
}

/** @param instant of the platform's clock, milliseconds: when something was last heard of these devices */
export async function touchDevices(
  transaction: Queryable,
  ids: Iterable<string>,
  instant: number,
): Promise<void> {
  await Promise.all(
    chunks(
      inOrder(ids, (id) => id),
      DEVICES_AT_ONCE,
    ).map((part) =>
      execute(
        transaction,
        `UPDATE devices SET last_seen = ? WHERE device_id IN ${placeholders(part.length)}`,
        [toDatetime(instant), ...part],
      ),
    ),
  );
}

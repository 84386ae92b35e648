import { z } from 'zod';

import {
  absenceReasonSchema,
  type PresenceState,
  type PresenceView,
  presenceStateSchema,
} from '../../chaincode/protocol/presence/presence.ts';
import type { Tenants } from '../../chaincode/protocol/tenants.ts';
import { instantColumn } from '../columns.ts';
import { placeholders, type Queryable, select } from '../query.ts';
import { ofTenants } from '../tenants.ts';

const viewRow = {
  state: presenceStateSchema,
  since: instantColumn,
  reason: absenceReasonSchema.nullable(),
  wakesAt: instantColumn.nullable(),
};

/** Those of which nothing was ever heard are left out. @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export async function presenceOf(
  database: Queryable,
  ids: readonly string[],
): Promise<ReadonlyMap<string, PresenceView>> {
  if (ids.length === 0) return new Map();
  const rows = await select(
    database,
    z.object({ id: z.string(), ...viewRow }),
    `SELECT device_id AS id, state, since, reason, wakes_at AS wakesAt FROM presence
     WHERE device_id IN ${placeholders(ids.length)}`,
    ids,
  );
  return new Map(rows.map(({ id, ...view }) => [id, view]));
}

/** @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export async function devicesIn(database: Queryable, state: PresenceState): Promise<ReadonlySet<string>> {
  const rows = await select(
    database,
    z.object({ id: z.string() }),
    'SELECT device_id AS id FROM presence WHERE state = ?',
    [state],
  );
  return new Set(rows.map(({ id }) => id));
}

/** What became of a device's presence. */
export interface StoredPresenceEvent extends Pick<PresenceView, 'state' | 'reason'> {
  readonly at: number;
}

export interface PresenceEventQuery {
  readonly device: string;
  readonly tenants: Tenants;
  readonly limit: number;
}

/** Newest first. @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export function presenceEvents(
  database: Queryable,
  { device, tenants, limit }: PresenceEventQuery,
): Promise<StoredPresenceEvent[]> {
  const [condition, ...values] = ofTenants('tenant', tenants);
  return select(
    database,
    z.object({ state: viewRow.state, reason: viewRow.reason, at: instantColumn }),
    `SELECT state, reason, at FROM presence_events WHERE device_id = ? AND ${condition}
     ORDER BY event_id DESC LIMIT ?`,
    [device, ...values, limit],
  );
}

import type { AlertNews } from '../../chaincode/protocol/alerts/alert.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { openAlertsOf } from '../../sql/queries/alerts.ts';
import type { Queryable } from '../../sql/query.ts';
import type { Transact } from '../../sql/transaction.ts';
import { countAlert, raiseAlert, takeStep } from '../../sql/writers/alert-life.ts';
import {
  allPresence,
  dropPresenceEvents,
  insertPresenceEvents,
  type PresenceEvent,
  putPresence,
  type StoredPresence,
} from '../../sql/writers/presence.ts';
import { type Exodus, isOver } from './fleet-watch.ts';

export interface OpenExodus {
  readonly alert: bigint;
  readonly tenant: string;
  readonly began: number;
}

/** What is written together. */
export interface PresenceChange {
  readonly rows: readonly StoredPresence[];
  readonly events: readonly PresenceEvent[];
  readonly exoduses: readonly Exodus[];
}

/** What became of the alert about an exodus: it has this id, and is over if nobody need be told more. */
export interface ToldExodus {
  readonly exodus: Exodus;
  readonly alert: bigint;
  readonly over: boolean;
  readonly news: AlertNews | undefined;
}

/** What the database keeps. Every method throws BiotError DATABASE_UNAVAILABLE or INTERNAL. */
export interface PresenceStore {
  presences(): Promise<StoredPresence[]>;
  /** Fleets whose absence is not over. */
  exoduses(): Promise<OpenExodus[]>;
  /** All or nothing. */
  write(change: PresenceChange): Promise<ToldExodus[]>;
  /** @param devices whose history may have become too long */
  prune(devices: Iterable<string>): Promise<void>;
}

export interface DatabasePresence {
  readonly database: Queryable;
  readonly transact: Transact;
  /** The name under which alerts are cleared. */
  readonly service: string;
  readonly now: () => number;
}

export const FLEET_OFFLINE = 'FLEET_OFFLINE';
/** Devices that an alert names; it has the number of all. */
const NAMED = 20;
const NEWEST_EVENTS = 100;
const EVENTS_KEPT_MS = 30 * 86_400_000;

export function databasePresence(parts: DatabasePresence): PresenceStore {
  const { database, transact, now } = parts;
  return {
    presences: () => allPresence(database),
    exoduses: async () =>
      (await openAlertsOf(database, FLEET_OFFLINE)).flatMap(({ id, tenant, createdAt }) =>
        tenant === null ? [] : [{ alert: id, tenant, began: createdAt }],
      ),
    write: ({ rows, events, exoduses }) =>
      transact(async (transaction) => {
        await putPresence(transaction, rows);
        await insertPresenceEvents(transaction, events);
        const told: ToldExodus[] = [];
        for (const exodus of exoduses) told.push(await tell(parts, transaction, exodus));
        return told;
      }),
    prune: (devices) =>
      dropPresenceEvents(database, devices, { newest: NEWEST_EVENTS, from: now() - EVENTS_KEPT_MS }),
  };
}

async function tell(parts: DatabasePresence, transaction: Queryable, exodus: Exodus): Promise<ToldExodus> {
  const { tenant } = exodus;
  const at = parts.now();
  const newsOf = (alert: bigint, step: AlertNews['step']): AlertNews => ({
    ...{ id: alert.toString(), device: null, tenant, type: FLEET_OFFLINE, severity: 'critical', step, at },
  });
  if (exodus.alert === undefined) {
    const alert = await raiseAlert(transaction, alertOf(exodus, at));
    return { exodus, alert, over: false, news: newsOf(alert, 'raise') };
  }
  const { alert, away, gone } = exodus;
  const counted = await countAlert(transaction, alert, { times: 1, value: away.size, at });
  // A person has cleared it: there is nothing more to say of those whom it counted.
  if (!counted) return { exodus, alert, over: true, news: undefined };
  if (!isOver(exodus, at)) return { exodus, alert, over: false, news: undefined };
  await takeStep(transaction, {
    ...{ id: alert, tenants: '*', step: { kind: 'clear' }, author: parts.service, now: at },
    details: { devices: gone.size, away: away.size },
  }).catch((error: unknown) => {
    if (!(error instanceof BiotError && ['TRANSITION_ILLEGAL', 'NOT_FOUND'].includes(error.code)))
      throw error;
  });
  return { exodus, alert, over: true, news: newsOf(alert, 'clear') };
}

function alertOf({ tenant, began, gone }: Exodus, now: number): Parameters<typeof raiseAlert>[1] {
  const reasons = Map.groupBy(gone.values(), (reason) => reason);
  return {
    device: null,
    tenant,
    rule: null,
    type: FLEET_OFFLINE,
    severity: 'critical',
    value: gone.size,
    at: began,
    escalation: null,
    details: {
      description: `${gone.size} devices went offline at once`,
      devices: [...gone.keys()].slice(0, NAMED),
      reasons: Object.fromEntries(Array.from(reasons, ([reason, all]) => [reason, all.length])),
    },
    createdAt: now,
  };
}

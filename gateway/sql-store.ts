import { z } from 'zod';

import type { Database } from '../sql/connect.ts';
import { anchorOf, anchorPage, headerHashes, witnessOf } from '../sql/queries/anchors.ts';
import { auditEntryById, auditPage } from '../sql/queries/audit-logs.ts';
import { commandTimeline, deliveryPage } from '../sql/queries/command-details.ts';
import { commandById, commandPage } from '../sql/queries/commands.ts';
import { committedRanges, lastSeen } from '../sql/queries/devices.ts';
import { findMember, listMembers } from '../sql/queries/members.ts';
import { devicesIn, presenceEvents, presenceOf } from '../sql/queries/presence.ts';
import { rollup } from '../sql/queries/rollup.ts';
import { rolloutById, rolloutDevicePage, rolloutPage } from '../sql/queries/rollouts.ts';
import { latestValues, readingPage, readingsById, sensorSpan } from '../sql/queries/telemetry.ts';
import { totals } from '../sql/queries/totals.ts';
import { select } from '../sql/query.ts';
import { replacePassword } from '../sql/writers/members.ts';
import type { Clock } from './clock.ts';
import type { Store } from './store.ts';

export function sqlStore({ pool, models }: Database, clock: Clock): Store {
  return {
    ping: async () => {
      await select(pool, z.unknown(), 'SELECT 1');
    },
    member: (name) => findMember(models, name),
    replacePassword: (replacement) => replacePassword(pool, replacement),
    members: () => listMembers(models),
    lastSeen: (devices) => lastSeen(models, devices),
    presence: (devices) => presenceOf(pool, devices),
    devicesIn: (state) => devicesIn(pool, state),
    presenceEvents: (query) => presenceEvents(pool, query),
    totals: (tenants) => totals(pool, { tenants, now: clock() }),
    readings: (query) => readingPage(pool, query),
    span: (query) => sensorSpan(pool, query),
    rollup: (query) => rollup(pool, query),
    latest: (query) => latestValues(pool, query),
    anchors: (query) => anchorPage(pool, query),
    auditEntries: (query) => auditPage(pool, query),
    auditEntry: (id) => auditEntryById(pool, id),
    anchor: (batch) => anchorOf(pool, batch),
    readingsById: (from, to) => readingsById(pool, from, to),
    witness: (batch) => witnessOf(pool, batch),
    headerHashes: (logId, from, limit) => headerHashes(pool, logId, from, limit),
    committedRanges: (query) => committedRanges(pool, query),
    commands: (query) => commandPage(pool, query),
    command: (query) => commandById(pool, query),
    deliveries: (query) => deliveryPage(pool, query),
    commandTimeline: (query) => commandTimeline(pool, query),
    rollouts: (query) => rolloutPage(pool, query),
    rollout: (query) => rolloutById(pool, query),
    rolloutDevices: (query) => rolloutDevicePage(pool, query),
  };
}

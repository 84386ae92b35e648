import { z } from 'zod';

import type { Database } from '../sql/connect.ts';
import { anchorOf, anchorPage, headerHashes, witnessOf } from '../sql/queries/anchors.ts';
import { committedRanges, lastSeen } from '../sql/queries/devices.ts';
import { findMember, listMembers } from '../sql/queries/members.ts';
import { rollup } from '../sql/queries/rollup.ts';
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
    totals: (tenants) => totals(pool, { tenants, now: clock() }),
    readings: (query) => readingPage(pool, query),
    span: (query) => sensorSpan(pool, query),
    rollup: (query) => rollup(pool, query),
    latest: (query) => latestValues(pool, query),
    anchors: (query) => anchorPage(pool, query),
    anchor: (batch) => anchorOf(pool, batch),
    readingsById: (from, to) => readingsById(pool, from, to),
    witness: (batch) => witnessOf(pool, batch),
    headerHashes: (logId, from, limit) => headerHashes(pool, logId, from, limit),
    committedRanges: (query) => committedRanges(pool, query),
  };
}

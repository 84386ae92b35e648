import { z } from 'zod';

import { mayForDevices } from '../http/access.ts';
import { defineRoute, type Route } from '../http/route.ts';
import { readableCounts } from '../policy/readable-counts.ts';

const count = z.int().min(0);

const overviewSchema = z
  .strictObject({
    devices: z.strictObject({
      total: count,
      registered: count,
      active: count,
      suspended: count,
      revoked: count,
    }),
    messages: z.strictObject({ total: count, lastMinute: count }),
    readings: z.strictObject({ total: count }),
    anchors: z.strictObject({ committed: count, pending: count, lastBlock: count.nullable() }),
    ledger: z.strictObject({ fresh: z.boolean(), height: count.nullable(), silentMs: count }).meta({
      description: 'How current our copy of the registry is; the height is that of the channel registry',
    }),
  })
  .meta({ id: 'Overview' });

const overview = defineRoute({
  method: 'get',
  path: '/api/v1/overview',
  tag: 'Overview',
  operation: 'overview',
  summary: 'The fleet in numbers',
  description:
    'The devices that the asker may read, as the ledger has them; messages and readings of the asker’s tenants, and the ' +
    'anchors, which are everybody’s, as the database has them.',
  access: mayForDevices('device:read', 'last-known'),
  request: z.strictObject({}),
  answer: { status: 200, description: 'The numbers', schema: overviewSchema },
  refusals: ['DATABASE_UNAVAILABLE'],
  async handle({ caller: { judge }, parts: { fleet, policy, store } }) {
    const totals = await store.totals(judge.tenants);
    const { fresh, height, silentMs } = fleet.freshness();
    return {
      devices: readableCounts(judge, { fleet, policy }),
      messages: { total: totals.messages, lastMinute: totals.messagesLastMinute },
      readings: { total: totals.readings },
      anchors: {
        committed: totals.anchorsCommitted,
        pending: totals.anchorsPending,
        lastBlock: totals.lastBlock,
      },
      ledger: { fresh, height, silentMs: Math.round(silentMs) },
    };
  },
});

export const overviewRoutes: readonly Route[] = [overview];

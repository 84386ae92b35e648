import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';

import type { ErrorCode } from '../../chaincode/protocol/errors.ts';
import { anyone } from '../http/access.ts';
import { type Checks, checksSchema, Refusal } from '../http/problem.ts';
import { defineRoute, type Route } from '../http/route.ts';
import type { Parts } from '../parts.ts';

const tag = 'Operation';

const healthz = defineRoute({
  method: 'get',
  path: '/healthz',
  tag,
  operation: 'healthz',
  summary: 'Is the process alive?',
  description: 'Answers as long as the process does, whatever became of the servers it needs.',
  access: anyone,
  request: z.strictObject({}),
  answer: {
    status: 200,
    description: 'Alive',
    schema: z.strictObject({ status: z.literal('ok') }).meta({ id: 'Health' }),
  },
  refusals: [],
  handle: () => ({ status: 'ok' as const }),
});

const CHECK_MS = 2_000;

async function databaseAnswers({ store }: Parts): Promise<boolean> {
  const patience = new AbortController();
  try {
    const slow = delay(CHECK_MS, false, { signal: patience.signal });
    return await Promise.race([store.ping().then(() => true), slow]);
  } catch {
    return false;
  } finally {
    patience.abort();
  }
}

async function checksOf(parts: Parts): Promise<Checks> {
  const state = (ok: boolean): 'ok' | 'failing' => (ok ? 'ok' : 'failing');
  return {
    ledger: state(parts.fleet.freshness().fresh),
    database: state(await databaseAnswers(parts)),
    broker: state(parts.relay.connected),
  };
}

const CODES = {
  ledger: 'LEDGER_STALE',
  database: 'DATABASE_UNAVAILABLE',
  broker: 'BROKER_UNAVAILABLE',
} as const satisfies Record<keyof Checks, ErrorCode>;

function failing(checks: Checks): (keyof Checks)[] {
  return (['ledger', 'database', 'broker'] as const).filter((name) => checks[name] === 'failing');
}

const readyz = defineRoute({
  method: 'get',
  path: '/readyz',
  tag,
  operation: 'readyz',
  summary: 'Can it do its work?',
  description:
    'Whether ledger, database and broker are there; if not, `checks` says which, and `code` names the first.',
  access: anyone,
  request: z.strictObject({}),
  answer: {
    status: 200,
    description: 'Ready',
    schema: z.strictObject({ ready: z.literal(true), checks: checksSchema }).meta({ id: 'Readiness' }),
  },
  refusals: Object.values(CODES),
  async handle({ parts }) {
    const checks = await checksOf(parts);
    const [first, ...others] = failing(checks);
    if (first === undefined) return { ready: true as const, checks };
    throw new Refusal(CODES[first], `not there: ${[first, ...others].join(', ')}`, { checks });
  },
});

const metrics = defineRoute({
  method: 'get',
  path: '/metrics',
  tag,
  operation: 'metrics',
  summary: 'Metrics',
  description: 'For Prometheus, in its text format. Names no device and no person.',
  access: anyone,
  request: z.strictObject({}),
  answer: {
    status: 200,
    description: 'The metrics',
    schema: z.string(),
    mediaTypes: ['text/plain; version=0.0.4'],
  },
  refusals: [],
  handle: ({ parts }) => parts.metrics.text(),
});

export const healthRoutes: readonly Route[] = [healthz, readyz, metrics];

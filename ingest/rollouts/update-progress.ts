import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { Queryable } from '../../sql/query.ts';
import type { Transact } from '../../sql/transaction.ts';
import { lockUpdates, lockUpdatesOverdue, putUpdates, type Update } from '../../sql/writers/updates.ts';
import type { RolloutMetrics } from '../operations/rollout-metrics.ts';
import { type Decision, timeouts } from './decisions.ts';
import { endOf, takeUpdateStep, type UpdateStep } from './update-step.ts';

/** Devices whose time is over that are dealt with in one transaction. */
const SWEEP_AT_ONCE = 1_000;

interface Parts {
  readonly transact: Transact;
  readonly now: () => number;
}

/**
 * Takes steps in their order; one that is refused keeps no other back.
 *
 * @returns for each step a BiotError when it was refused
 * @throws BiotError DATABASE_UNAVAILABLE or INTERNAL: then none was taken
 */
export async function takeUpdateSteps(
  { transact, now }: Parts,
  steps: readonly UpdateStep[],
): Promise<(BiotError | undefined)[]> {
  if (steps.length === 0) return [];
  return transact(async (transaction) =>
    write(transaction, await lockUpdates(transaction, steps), steps, now()),
  );
}

interface SweepParts extends Parts {
  readonly tell: (decisions: readonly Decision[]) => Promise<void>;
  readonly metrics: Pick<RolloutMetrics, 'decided'>;
}

/** Ends what has been in one state for too long: nothing stays open for ever. Tells before it is so. */
export async function sweepUpdates({ transact, now, tell, metrics }: SweepParts): Promise<void> {
  let found = SWEEP_AT_ONCE;
  while (found === SWEEP_AT_ONCE) {
    const { overdue, decided } = await transact(async (transaction) => {
      const at = now();
      const overdue = await lockUpdatesOverdue(transaction, { now: at, limit: SWEEP_AT_ONCE });
      const ended = overdue.map((update) => [update, endOf(update, at)] as const);
      const decided = timeouts(ended);
      await tell(decided);
      const ends = ended.map(([, end]) => end);
      await write(transaction, overdue, ends, at);
      return { overdue, decided };
    });
    metrics.decided(decided);
    found = overdue.length;
  }
}

async function write(
  transaction: Queryable,
  found: readonly Update[],
  steps: readonly UpdateStep[],
  now: number,
): Promise<(BiotError | undefined)[]> {
  const before = new Map(found.map((update) => [keyOf(update), update]));
  const after = new Map<string, Update>();
  const outcomes = steps.map((step) => {
    const key = keyOf(step);
    const update = after.get(key) ?? before.get(key);
    if (update === undefined) return new BiotError('NOT_FOUND', 'no such rollout is for this device');
    try {
      const taken = takeUpdateStep(update, step);
      if (taken !== undefined) after.set(key, taken);
      return undefined;
    } catch (error) {
      if (error instanceof BiotError) return error;
      throw error;
    }
  });
  await putUpdates(transaction, [...after.values()], now);
  return outcomes;
}

function keyOf({ rollout, device }: { rollout: string; device: string }): string {
  return `${rollout} ${device}`;
}

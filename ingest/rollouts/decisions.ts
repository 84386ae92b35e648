import type { AuditEntry } from '../../chaincode/protocol/audit-entry.ts';
import type { Rollout } from '../../chaincode/protocol/firmware/rollout.ts';
import type { PlanStep, UpdateCounts } from '../../chaincode/protocol/firmware/rollout-plan.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { Time } from '../../network/time.ts';
import type { Update } from '../../sql/writers/updates.ts';
import type { UpdateStep } from './update-step.ts';

export const DECISIONS = [
  'beginRollout',
  'openRolloutPhase',
  'stopRollout',
  'finishRollout',
  'endUpdates',
] as const;

/** Something that no person decided, as the audit trail has it. */
export interface Decision {
  readonly action: (typeof DECISIONS)[number];
  readonly tenant: string;
  /** Id of the rollout. */
  readonly rollout: string;
  /** Where it is about one alone. */
  readonly device?: string | undefined;
  /** Why, in words, and by which numbers. */
  readonly details: AuditEntry['details'] & { readonly reason: string };
}

/** Whoever waits for the trail holds rows of rollouts, and the turn of all others: no longer than this. */
const TAKEN_WITHIN_MS = 5_000;

/**
 * Adds decisions to the audit trail; resolves when they are there. What comes too late, or after the signal was aborted, is
 * there all the same: decided again, it is there twice.
 *
 * @throws BiotError DATABASE_UNAVAILABLE when they are not there in time; what the signal says when it was aborted before
 */
export type Tell = (decisions: readonly Decision[], signal: AbortSignal) => Promise<void>;

export interface TellParts {
  /** Whose doing it is, and that member's organisation (MSP id). */
  readonly service: string;
  readonly org: string;
  readonly record: (entries: readonly AuditEntry[]) => Promise<void>;
  readonly time: Pick<Time, 'now' | 'after'>;
}

export function teller({ service, org, record, time }: TellParts): Tell {
  return async (decisions, signal) => {
    if (decisions.length === 0) return;
    // Before anything is recorded: if that failed with nobody to wait for it, the process would end.
    signal.throwIfAborted();
    const at = time.now();
    const recorded = record(
      decisions.map(({ action, tenant, rollout, device = null, details }) => ({
        ...{ at, actor: service, org, action, outcome: 'done', tenant, device, subject: rollout, details },
        ...{ address: null, transaction: null },
      })),
    );
    await inTime(recorded, { time, signal });
  };
}

/** Entries wait as long as the database is away: who holds locks does not, nor who is told to stop. */
async function inTime(
  work: Promise<void>,
  { time, signal }: Pick<TellParts, 'time'> & { signal: AbortSignal },
): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const end = (): void => {
    reject(new Error('told to stop', { cause: signal.reason }));
  };
  const cancel = time.after(TAKEN_WITHIN_MS, () => {
    reject(new BiotError('DATABASE_UNAVAILABLE', 'the audit trail takes nothing'));
  });
  signal.addEventListener('abort', end);
  try {
    await Promise.race([work, promise]);
  } finally {
    cancel();
    signal.removeEventListener('abort', end);
  }
}

type Planned = Pick<Rollout, 'id' | 'tenant' | 'phases' | 'version'>;

export function beginning({ id, tenant, version }: Planned, devices: number): Decision {
  const reason = 'its time has come';
  return { action: 'beginRollout', tenant, rollout: id, details: { reason, version, devices } };
}

export const STOPPED = 'too many devices of an open phase failed, or too few can still succeed';

const STEPS: Readonly<
  Record<Exclude<PlanStep, 'wait'>, { action: Decision['action']; why: (open: number) => string }>
> = {
  open: {
    action: 'openRolloutPhase',
    why: (open) => (open === 0 ? 'it is the first' : `enough devices of phase ${open} succeeded`),
  },
  stop: { action: 'stopRollout', why: () => STOPPED },
  finish: { action: 'finishRollout', why: () => 'every device has come to an end, and enough succeeded' },
};

/** @param open devices of each phase that is open, by their state: what it was decided by */
export function planned(
  { id, tenant, phases, version }: Planned,
  step: Exclude<PlanStep, 'wait'>,
  open: readonly UpdateCounts[],
): Decision {
  const { action, why } = STEPS[step];
  const judged = open.map((counts, index) => ({ ...thresholds(phases[index]), devices: { ...counts } }));
  const phase = step === 'open' ? open.length + 1 : open.length;
  const details = { reason: why(open.length), version, phase, judged };
  return { action, tenant, rollout: id, details };
}

function thresholds(phase: Planned['phases'][number] | undefined): Record<string, number> {
  return phase === undefined
    ? {}
    : { successPercent: phase.successPercent, failurePercent: phase.failurePercent };
}

/** Devices that an entry names; it counts the others. */
const MOST_NAMED = 20;

/** One for each rollout and reason, of however many devices: each with how it ends. */
export function timeouts(ended: readonly (readonly [Update, UpdateStep])[]): Decision[] {
  const alike = Map.groupBy(ended, ([{ rollout }, { message = '' }]) => `${rollout} ${message}`);
  return [...alike.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const [update, { message = '' }] = first;
    return [timeoutOf(update, { reason: message, names: group.map(([{ device }]) => device) })];
  });
}

function timeoutOf(
  { rollout, tenant }: Update,
  { reason, names }: { reason: string; names: readonly string[] },
): Decision {
  const alone = names.length === 1;
  return {
    ...{ action: 'endUpdates', tenant, rollout, device: alone ? names[0] : undefined },
    details: { reason, devices: names.length, ...(!alone && { named: names.slice(0, MOST_NAMED) }) },
  };
}

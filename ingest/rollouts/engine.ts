import type { Logger } from 'pino';

import type { Rollout } from '../../chaincode/protocol/firmware/rollout.ts';
import {
  isTarget,
  isWithin,
  nextPlanStep,
  phasesOf,
  type PlanStep,
  type UpdateCounts,
} from '../../chaincode/protocol/firmware/rollout-plan.ts';
import type { RegistryMirror } from '../../network/mirror/registry-mirror.ts';
import type { Time } from '../../network/time.ts';
import { rolloutsUnderWay, type StoredRollout } from '../../sql/queries/rollouts.ts';
import type { Queryable } from '../../sql/query.ts';
import type { Transact } from '../../sql/transaction.ts';
import {
  addRolloutDevices,
  cancelWaiting,
  lockRollout,
  openPhases,
  putStanding,
  type RolloutStanding,
} from '../../sql/writers/rollouts.ts';
import { Alarm } from '../commands/alarm.ts';
import { beginning, type Decision, planned, STOPPED, type Tell } from './decisions.ts';
import type { RolloutMetrics } from '../operations/rollout-metrics.ts';
import type { Notifier } from './notifier.ts';
import type { RolloutBook } from './rollout-book.ts';
import { sweepUpdates } from './update-progress.ts';

export interface EngineParts {
  readonly database: Queryable;
  readonly transact: Transact;
  readonly book: RolloutBook;
  readonly notifier: Pick<Notifier, 'welcome' | 'notify'>;
  readonly mirror: Pick<RegistryMirror, 'devices' | 'freshness'>;
  readonly tell: Tell;
  readonly metrics: Pick<RolloutMetrics, 'underWay' | 'decided'>;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  readonly time: Time;
}

/** What the trail is told, and until when that is waited for. */
interface Deciding {
  readonly decision: Decision;
  readonly signal: AbortSignal;
}

/** How often rollouts are looked at when nobody says that there is something. */
const IDLE_MS = 1_000;
/** When the ledger has been silent for longer, a rollout may be paused since. */
const SILENT_MS = 5_000;

/**
 * Brings rollouts forward: chooses their devices, opens phase after phase, tells devices, ends what takes too long, stops and
 * finishes. Everything that it goes by is in the database or on the ledger, so whoever starts it again goes on. What it decides
 * it tells the audit trail before it is so: no decision is without an entry, and after a crash one may have two.
 */
export class Engine {
  readonly #parts: EngineParts;
  readonly #alarm: Alarm;

  constructor(parts: EngineParts) {
    this.#parts = parts;
    this.#alarm = new Alarm(parts.time);
  }

  /** There may be something to do. */
  wake(): void {
    this.#alarm.wake();
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#round(signal).catch((error: unknown) => {
        this.#parts.log.warn({ err: error }, 'rollouts do not go on, trying again');
      });
      await this.#alarm.sleep(IDLE_MS, signal);
    }
  }

  async #round(signal: AbortSignal): Promise<void> {
    const { database, log, metrics, mirror, notifier, tell, time } = this.#parts;
    await sweepUpdates({
      ...this.#parts,
      now: () => time.now(),
      tell: (decisions) => tell(decisions, signal),
    });
    const underWay = await rolloutsUnderWay(database);
    metrics.underWay(underWay);
    if (mirror.freshness().silentMs > SILENT_MS) return;
    await notifier.welcome();
    for (const stored of underWay) {
      if (signal.aborted) return;
      await this.#bringForward(stored, signal).catch((error: unknown) => {
        log.warn({ err: error, rollout: stored.id }, 'a rollout does not go on, trying again');
      });
    }
  }

  async #bringForward(stored: StoredRollout, signal: AbortSignal): Promise<void> {
    const { book, notifier, time } = this.#parts;
    const rollout = await book.find(stored.id);
    if (rollout.state !== 'running') return;
    const { notBefore, window } = rollout.schedule;
    const now = time.now();
    if (stored.state === 'scheduled') {
      if (notBefore === null || Date.parse(notBefore) <= now) await this.#begin(rollout, signal);
      return;
    }
    const open = openCounts(stored);
    const step = nextPlanStep(rollout.phases, open);
    if (step !== 'wait') await this.#take(step, stored, { decision: planned(rollout, step, open), signal });
    else if (isWithin(window, now)) await notifier.notify(rollout, signal);
  }

  /** Its devices are those that are there now, once and for all: who comes later is not in any phase. */
  async #begin(rollout: Rollout, signal: AbortSignal): Promise<void> {
    const { log, mirror, time } = this.#parts;
    const devices = Array.from(mirror.devices())
      .filter((device) => isTarget(rollout, device))
      .map(({ id }) => id);
    const phases = phasesOf(rollout, devices);
    const seen = { id: rollout.id, state: 'scheduled', phase: 0 } as const;
    const deciding = { decision: beginning(rollout, devices.length), signal };
    await this.#change(seen, deciding, async (transaction, standing) => {
      const now = time.now();
      await addRolloutDevices(transaction, rollout.id, { phases, now });
      return { ...standing, state: 'running', startedAt: now, devices: devices.length };
    });
    log.info({ rollout: rollout.id, devices: devices.length }, 'a rollout has begun');
  }

  async #take(step: Exclude<PlanStep, 'wait'>, stored: StoredRollout, deciding: Deciding): Promise<void> {
    const { log, time } = this.#parts;
    await this.#change(stored, deciding, async (transaction, standing) => {
      const now = time.now();
      if (step === 'open') {
        const phase = standing.phase + 1;
        await openPhases(transaction, { rollout: stored.id, from: phase, to: phase, now });
        return { ...standing, phase };
      }
      if (step === 'finish') return { ...standing, state: 'finished', finishedAt: now };
      await cancelWaiting(transaction, stored.id, now);
      return { ...standing, state: 'stopped', finishedAt: now, message: STOPPED };
    });
    log.info({ rollout: stored.id, step, phase: stored.phase }, 'a rollout goes on');
  }

  /** Changes a rollout unless somebody else has since it was looked at: nobody can while the trail is told. */
  async #change(
    seen: Pick<RolloutStanding, 'id' | 'state' | 'phase'>,
    { decision, signal }: Deciding,
    work: (transaction: Queryable, standing: RolloutStanding) => Promise<RolloutStanding>,
  ): Promise<void> {
    const { metrics, tell, time, transact } = this.#parts;
    const decided = await transact(async (transaction) => {
      const standing = await lockRollout(transaction, seen.id);
      if (standing?.state !== seen.state || standing.phase !== seen.phase) return [];
      await tell([decision], signal);
      await putStanding(transaction, await work(transaction, standing), time.now());
      return [decision];
    });
    metrics.decided(decided);
    this.wake();
  }
}

function openCounts({ phase, phases }: StoredRollout): UpdateCounts[] {
  const counts = new Map(phases.map((part) => [part.phase, part.counts]));
  return Array.from({ length: phase }, (_, index) => counts.get(index + 1) ?? {});
}

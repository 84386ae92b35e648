/** Who is when in a rollout, and when it goes on: pure, so that whoever asks again is answered the same. */
import type { Device } from '../device.ts';
import { sha256, toHex } from '../hash.ts';
import type { Rollout, RolloutPhase, RolloutWindow } from './rollout.ts';
import { isUpdateOver, UPDATE_STATES, type UpdateState } from './rollout-state.ts';

const encoder = new TextEncoder();

/** Whether a rollout is for a device, as the ledger has it. */
export function isTarget(rollout: Rollout, device: Device): boolean {
  const { groups, devices, tags } = rollout.target;
  return (
    device.status === 'active' &&
    device.type === rollout.type &&
    device.tenant === rollout.tenant &&
    device.org === rollout.org &&
    (devices.length === 0 || devices.includes(device.id)) &&
    (groups.length === 0 || groups.some((group) => device.groups.includes(group))) &&
    Object.entries(tags).every(([name, value]) => device.tags[name] === value)
  );
}

/**
 * The phase (from 1) of each device. Their order is by a hash of rollout and device: nobody's devices are always the first.
 * The first phase has at least one device.
 */
export function phasesOf(
  { id, phases }: Pick<Rollout, 'id' | 'phases'>,
  devices: readonly string[],
): ReadonlyMap<string, number> {
  const inOrder = devices
    .map((device) => [toHex(sha256(encoder.encode(`${id} ${device}`))), device] as const)
    .sort(([left], [right]) => (left < right ? -1 : 1));
  const ends = phases.map(({ percent }) => Math.ceil((devices.length * percent) / 100));
  return new Map(inOrder.map(([, device], place) => [device, ends.findIndex((end) => place < end) + 1]));
}

/** Devices of a phase by their state; states without any are left out. */
export type UpdateCounts = Readonly<Partial<Record<UpdateState, number>>>;

/** What is to be done with a rollout: wait for devices, open the next phase, stop for its failures, or finish. */
export type PlanStep = 'wait' | 'open' | 'stop' | 'finish';

/**
 * Judges by the phases that are open, the last of which is the current one. A phase of which too few can still succeed stops
 * the rollout too, whoever of it is still under way: nothing would ever open the next.
 */
export function nextPlanStep(phases: readonly RolloutPhase[], open: readonly UpdateCounts[]): PlanStep {
  const current = phases[open.length - 1];
  if (current === undefined) return 'open';
  if (open.some((counts, index) => hasFailed(phases[index], counts))) return 'stop';
  const counts = open[open.length - 1] ?? {};
  const good = (counts.succeeded ?? 0) * 100 >= current.successPercent * total(counts);
  if (good && open.length < phases.length) return 'open';
  return good && open.every(isOver) ? 'finish' : 'wait';
}

function total(counts: UpdateCounts): number {
  return Object.values(counts).reduce((sum, number) => sum + number, 0);
}

/** Whether too many of a phase have failed, or too few can still succeed. */
function hasFailed(phase: RolloutPhase | undefined, counts: UpdateCounts): boolean {
  if (phase === undefined) return false;
  const all = total(counts);
  const failed = (counts.failed ?? 0) + (counts['rolled back'] ?? 0);
  if (failed > 0 && failed * 100 >= phase.failurePercent * all) return true;
  const hopeful = all - failed - (counts.cancelled ?? 0);
  return hopeful * 100 < phase.successPercent * all;
}

function isOver(counts: UpdateCounts): boolean {
  return UPDATE_STATES.every((state) => isUpdateOver(state) || (counts[state] ?? 0) === 0);
}

const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;

function minuteOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}

/** Whether devices may be told at this instant (ms since the Unix epoch, whose days are those of UTC). */
export function isWithin(window: RolloutWindow | null, now: number): boolean {
  if (window === null) return true;
  const minute = Math.floor(now / MINUTE_MS) % DAY_MINUTES;
  const [from, to] = [minuteOf(window.from), minuteOf(window.to)];
  return from < to ? minute >= from && minute < to : minute >= from || minute < to;
}

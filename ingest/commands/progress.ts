import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { CommandDelivery, DeliveryKey } from '../../sql/writers/deliveries.ts';
import type { NewsDesk } from './news-desk.ts';
import { type Step, type Stepped, takeStep } from './step.ts';
import type { ChangeCommands, CommandTables } from './tables.ts';

/** What became of a step: taken, taken before, or refused. */
export type StepOutcome = 'taken' | 'again' | BiotError;

export interface ProgressParts {
  readonly change: ChangeCommands;
  readonly news: NewsDesk;
  /** The name under which the service acts by itself. */
  readonly service: string;
  readonly now: () => number;
}

/** Deliveries whose time is over that are dealt with in one transaction. */
const SWEEP_AT_ONCE = 1_000;

function keyOf({ command, device }: DeliveryKey): string {
  return `${command} ${device}`;
}

/** Writes what happens to commands on their way: any number of steps in one transaction. */
export class Progress {
  readonly #parts: ProgressParts;

  constructor(parts: ProgressParts) {
    this.#parts = parts;
  }

  /**
   * Takes steps in their order; one that is refused keeps no other back.
   *
   * @throws BiotError DATABASE_UNAVAILABLE or INTERNAL: then none was taken
   */
  async take(steps: readonly Step[]): Promise<StepOutcome[]> {
    if (steps.length === 0) return [];
    const { change, news, now } = this.#parts;
    const { outcomes, changed } = await change(async (tables) => {
      const found = await tables.lock(steps);
      const judged = judge(found, steps);
      await write(tables, judged.changed, now());
      return judged;
    });
    news.tell(changed);
    return outcomes;
  }

  /** Ends what has waited for too long. */
  async sweep(): Promise<void> {
    const { change, news, now, service } = this.#parts;
    for (;;) {
      const at = now();
      const { found, changed } = await change(async (tables) => {
        const overdue = await tables.lockOverdue({ now: at, limit: SWEEP_AT_ONCE });
        const judged = judge(
          overdue,
          overdue.map((delivery) => endOf(delivery, at, service)),
        );
        await write(tables, judged.changed, at);
        return { found: overdue.length, changed: judged.changed };
      });
      news.tell(changed);
      if (found < SWEEP_AT_ONCE) return;
    }
  }
}

function endOf(
  { command, device, acknowledgedAt, timeoutSeconds }: CommandDelivery,
  at: number,
  actor: string,
): Step {
  const where = { command, device, at, actor };
  return acknowledgedAt === null
    ? { ...where, to: 'expired' }
    : { ...where, to: 'failed', message: `no result within ${timeoutSeconds} s` };
}

function judge(
  found: readonly CommandDelivery[],
  steps: readonly Step[],
): { outcomes: StepOutcome[]; changed: Stepped[] } {
  const deliveries = new Map<string, Stepped>(
    found.map((delivery) => [keyOf(delivery), { delivery, events: [] }]),
  );
  const outcomes = steps.map((step): StepOutcome => {
    const before = deliveries.get(keyOf(step));
    if (before === undefined) return new BiotError('COMMAND_UNKNOWN', 'no such command is for this device');
    try {
      const after = takeStep(before, step);
      if (after !== undefined) deliveries.set(keyOf(step), after);
      return after === undefined ? 'again' : 'taken';
    } catch (error) {
      if (error instanceof BiotError) return error;
      throw error;
    }
  });
  return { outcomes, changed: [...deliveries.values()].filter(({ events }) => events.length > 0) };
}

async function write(tables: CommandTables, changed: readonly Stepped[], now: number): Promise<void> {
  if (changed.length === 0) return;
  await tables.update(
    changed.map(({ delivery }) => delivery),
    now,
  );
  await tables.insertEvents(changed.flatMap(({ events }) => events));
}

import { setTimeout as delay } from 'node:timers/promises';

import type { Pool } from 'mariadb';
import { z } from 'zod';

import { BiotError } from '../../../chaincode/protocol/errors.ts';
import { integerColumn } from '../../../sql/columns.ts';
import { chunks, placeholders, select } from '../../../sql/query.ts';

/** How long after it was asked for each step of a command was over, in milliseconds. */
export interface RoundTrip {
  readonly id: string;
  /** The gateway has proposed it to the ledger. */
  readonly proposed: number;
  /** The gateway has answered: the command is on the ledger. Its device may have been quicker. */
  readonly answered: number;
  /** The broker has taken the order. */
  readonly sent: number;
  /** Ingest has the device's first answer. */
  readonly acknowledged: number;
  /** The result is in SQL for everybody to see. */
  readonly finished: number;
}

/** Often enough to tell, and seldom enough that looking is no load beside the load. */
const LOOKS_EVERY_MS = 10;
const LOOKS_AT_ONCE = 100;
const WITHIN_MS = 60_000;
const IDS_AT_ONCE = 500;

/** Watches commands from when they are asked for until SQL says that all their devices are done. */
export class RoundTrips {
  readonly #database: Pool;
  /** When each was asked for, by the wall clock, which the timeline in SQL goes by. */
  readonly #asked = new Map<string, number>();
  readonly #answered = new Map<string, number>();
  readonly #finished = new Map<string, number>();
  #watching = true;
  readonly #watch: Promise<void>;

  constructor(database: Pool) {
    this.#database = database;
    this.#watch = this.#look();
  }

  asked(id: string): void {
    this.#asked.set(id, now());
  }

  answered(id: string): void {
    this.#answered.set(id, now());
  }

  /** @returns those that came to their end; the others are lost */
  async all(): Promise<RoundTrip[]> {
    const until = now() + WITHIN_MS;
    while (this.#open().length > 0 && now() < until) await delay(LOOKS_EVERY_MS);
    this.#watching = false;
    await this.#watch;
    const steps = await stepsOf(this.#database, [...this.#finished.keys()]);
    return [...this.#finished].map(([id, finished]) => {
      const [asked, times] = [this.#asked.get(id), steps.get(id)];
      if (asked === undefined || times === undefined)
        throw new BiotError('INTERNAL', `command ${id} has no timeline`);
      const since = (instant: number): number => instant - asked;
      return {
        id,
        proposed: since(times.proposed),
        answered: since(this.#answered.get(id) ?? finished),
        sent: since(times.sent),
        acknowledged: since(times.acknowledged),
        finished: since(finished),
      };
    });
  }

  #open(): string[] {
    return [...this.#asked.keys()].filter((id) => !this.#finished.has(id));
  }

  async #look(): Promise<void> {
    while (this.#watching) {
      for (const id of await finishedOf(this.#database, this.#open().slice(0, LOOKS_AT_ONCE)))
        this.#finished.set(id, now());
      await delay(LOOKS_EVERY_MS);
    }
  }
}

/** Milliseconds since the Unix epoch, with their fractions. */
function now(): number {
  return performance.timeOrigin + performance.now();
}

async function finishedOf(database: Pool, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const rows = await select(
    database,
    z.object({ id: z.string() }),
    `SELECT command_id AS id FROM device_commands WHERE command_id IN ${placeholders(ids.length)}
     GROUP BY command_id HAVING SUM(state <> 'succeeded') = 0`,
    [...ids],
  );
  return rows.map(({ id }) => id);
}

interface Steps {
  readonly proposed: number;
  readonly sent: number;
  readonly acknowledged: number;
}

const stepsRow = z.object({ id: z.string(), proposed: z.date(), sent: z.date(), acknowledged: z.date() });

/** When the last of a command's devices had come so far. */
async function stepsOf(database: Pool, ids: readonly string[]): Promise<Map<string, Steps>> {
  const steps = new Map<string, Steps>();
  for (const part of chunks(ids, IDS_AT_ONCE)) {
    const rows = await select(
      database,
      stepsRow,
      `SELECT command_id AS id, MAX(issued_at) AS proposed, MAX(sent_at) AS sent, MAX(acknowledged_at) AS acknowledged
       FROM device_commands WHERE command_id IN ${placeholders(part.length)} GROUP BY command_id`,
      [...part],
    );
    for (const { id, proposed, sent, acknowledged } of rows)
      steps.set(id, {
        proposed: proposed.getTime(),
        sent: sent.getTime(),
        acknowledged: acknowledged.getTime(),
      });
  }
  return steps;
}

/** Of all devices: orders that came to an end, so that what was lost can be told. */
export async function countSucceeded(database: Pool, name: string): Promise<number> {
  const [row] = await select(
    database,
    z.object({ count: integerColumn }),
    `SELECT COUNT(*) AS count FROM device_commands d JOIN commands c ON c.command_id = d.command_id
     WHERE c.name = ? AND d.state = 'succeeded'`,
    [name],
  );
  return row?.count ?? 0;
}

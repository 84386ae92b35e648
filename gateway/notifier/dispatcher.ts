import type { Logger } from 'pino';

import type { Time } from '../../network/time.ts';
import type { StoredChannel, StoredMessage } from '../../sql/queries/notifications.ts';
import type { Deliver, Outcome } from './channels/outcome.ts';
import { Lane, type Pace } from './lane.ts';
import { isHopeless } from './patience.ts';

/** What becomes of a message that was not taken: it is given up on, or goes on waiting, until an instant at least. */
export interface AfterFailure {
  readonly dead: boolean;
  readonly notBefore?: number | undefined;
}

/** Where messages wait: `sqlMailbox` in operation, memory in tests. All throw BiotError DATABASE_UNAVAILABLE. */
export interface Mailbox {
  /** Makes messages of what became of alerts. */
  fill(): Promise<void>;
  /** Channels that are switched on and for which something is due. */
  due(): Promise<StoredChannel[]>;
  /** What goes next, its attempt noted; undefined when nothing is due. What is too old by now is given up on instead. */
  take(channel: string): Promise<StoredMessage | undefined>;
  taken(message: StoredMessage): Promise<void>;
  failed(message: StoredMessage, failure: string, then: AfterFailure): Promise<void>;
  /** The channel is no more. */
  remove(channel: string): Promise<void>;
  /** Throws dead letters away that have lain long enough. */
  forget(): Promise<void>;
}

export interface DispatcherParts {
  readonly mailbox: Mailbox;
  readonly deliver: Deliver;
  readonly time: Time;
  readonly log: Pick<Logger, 'info' | 'warn'>;
}

/** Messages that are under way at one time. Channels that failed last have few places, whatever they take. */
const PLACES = { sound: 12, doubtful: 4 };
/** Of these for one tenant: its slow endpoints keep no other tenant's messages back. */
const PLACES_OF_ONE = { sound: 4, doubtful: 2 };

const FORGET_MS = 3_600_000;

/** Whoever fills places together: a tenant, or those whose browsers serve the same tenants. */
function sharerOf({ tenant, destination }: StoredChannel): string {
  const tenants = destination.kind === 'web-push' ? destination.tenants : (tenant ?? '*');
  return typeof tenants === 'string' ? tenants : tenants.toSorted().join();
}

interface Run {
  readonly kind: keyof typeof PLACES;
  readonly sharer: string;
  readonly ended: Promise<void>;
}

const PACES: Readonly<Record<StoredChannel['destination']['kind'], Pace>> = {
  webhook: { burst: 30, everyMs: 1_000 },
  email: { burst: 5, everyMs: 60_000 },
  'web-push': { burst: 5, everyMs: 20_000 },
};

/** Brings messages to their channels: each in its own lane, one at a time, and one for each time it gets a place. */
export class Dispatcher {
  readonly #parts: DispatcherParts;
  readonly #lanes = new Map<string, Lane>();
  readonly #running = new Map<string, Run>();
  /** For which something is due, the one that was served longest ago first. */
  #due = new Map<string, StoredChannel>();
  #turns = 0;
  #forgottenAt = 0;

  constructor(parts: DispatcherParts) {
    this.#parts = parts;
  }

  /** Looks for what is due, and begins to send it; does not wait for the sending. */
  async look(): Promise<void> {
    const { mailbox, time } = this.#parts;
    await mailbox.fill();
    const due = (await mailbox.due()).toSorted((a, b) => this.#laneOf(a).turn - this.#laneOf(b).turn);
    this.#due = new Map(due.map((channel) => [channel.id, channel]));
    this.#begin();
    if (time.now() - this.#forgottenAt < FORGET_MS) return;
    this.#forgottenAt = time.now();
    await mailbox.forget();
  }

  /** Begins nothing more until the next look; resolves when nothing is under way. */
  async idle(): Promise<void> {
    this.#due.clear();
    await Promise.all([...this.#running.values()].map(({ ended }) => ended));
  }

  #begin(): void {
    for (const channel of this.#due.values()) {
      const lane = this.#laneOf(channel);
      const place = { kind: lane.doubtful ? 'doubtful' : 'sound', sharer: sharerOf(channel) } as const;
      if (this.#running.has(channel.id) || !lane.isOpen(this.#parts.time.now()) || !this.#isFree(place))
        continue;
      this.#turns += 1;
      lane.turn = this.#turns;
      const ended = this.#serve(channel, lane).then((more) => {
        this.#end(channel.id, more);
      });
      this.#running.set(channel.id, { ...place, ended });
    }
  }

  #isFree({ kind, sharer }: Omit<Run, 'ended'>): boolean {
    const taken = [...this.#running.values()].filter((run) => run.kind === kind);
    return (
      taken.length < PLACES[kind] && taken.filter((run) => run.sharer === sharer).length < PLACES_OF_ONE[kind]
    );
  }

  /** Gives the place to whoever waits longest: the channel itself goes behind all others. */
  #end(id: string, more: boolean): void {
    this.#running.delete(id);
    const channel = this.#due.get(id);
    this.#due.delete(id);
    if (channel !== undefined && more) this.#due.set(id, channel);
    this.#begin();
  }

  #laneOf({ id, destination }: StoredChannel): Lane {
    const known = this.#lanes.get(id);
    if (known !== undefined) return known;
    const lane = new Lane(PACES[destination.kind], () => this.#parts.time.random());
    this.#lanes.set(id, lane);
    return lane;
  }

  /** @returns whether there may be more */
  async #serve(channel: StoredChannel, lane: Lane): Promise<boolean> {
    const { mailbox, log } = this.#parts;
    try {
      const message = await mailbox.take(channel.id);
      if (message !== undefined) await this.#send(channel, lane, message);
      return message !== undefined;
    } catch (error) {
      // The attempt is noted: it is made again when its time comes.
      log.warn({ err: error, channel: channel.id }, 'a message could not be settled');
      return false;
    }
  }

  async #send(channel: StoredChannel, lane: Lane, message: StoredMessage): Promise<void> {
    const { deliver, time } = this.#parts;
    lane.used(time.now());
    const outcome = await deliver(channel, message);
    if (outcome.kind === 'taken') lane.succeeded();
    else lane.failed(time.now(), outcome.kind === 'failed' ? outcome.notBefore : undefined);
    await this.#settle(message, outcome);
  }

  async #settle(message: StoredMessage, outcome: Outcome): Promise<void> {
    const { mailbox, time, log } = this.#parts;
    const { id, channel, attempts } = message;
    if (outcome.kind === 'taken') {
      await mailbox.taken(message);
    } else if (outcome.kind === 'gone') {
      await mailbox.remove(channel);
    } else {
      const dead = outcome.kind === 'refused' || isHopeless(message, time.now());
      const notBefore = outcome.kind === 'failed' ? outcome.notBefore : undefined;
      await mailbox.failed(message, outcome.failure, { dead, notBefore });
    }
    log.info({ message: id.toString(), channel, attempts, ...outcome }, 'tried');
  }
}

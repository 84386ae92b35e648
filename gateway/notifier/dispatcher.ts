import type { Logger } from 'pino';

import type { Time } from '../../network/time.ts';
import type { StoredChannel, StoredMessage } from '../../sql/queries/notifications.ts';
import type { Deliver, Outcome } from './channels/outcome.ts';
import type { Lane, Pace } from './lane.ts';
import { isHopeless } from './patience.ts';
import { type Customer, Turns } from './turns.ts';

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

const FORGET_MS = 3_600_000;

/** Whoever fills places together: a tenant, or those whose browsers serve the same tenants. */
function sharerOf({ tenant, destination }: StoredChannel): string {
  const tenants = destination.kind === 'web-push' ? destination.tenants : (tenant ?? '*');
  return typeof tenants === 'string' ? tenants : tenants.toSorted().join();
}

const PACES: Readonly<Record<StoredChannel['destination']['kind'], Pace>> = {
  webhook: { burst: 30, everyMs: 1_000 },
  email: { burst: 5, everyMs: 60_000 },
  'web-push': { burst: 5, everyMs: 20_000 },
};

interface Waiting extends Customer {
  readonly channel: StoredChannel;
}

function waiting(channel: StoredChannel): Waiting {
  const { id, version, destination } = channel;
  return { id, version, sharer: sharerOf(channel), pace: PACES[destination.kind], channel };
}

/** Brings messages to their channels: each in its own lane, one at a time, and one for each time it gets a place. */
export class Dispatcher {
  readonly #parts: DispatcherParts;
  readonly #turns: Turns<Waiting>;
  #forgottenAt = 0;

  constructor(parts: DispatcherParts) {
    this.#parts = parts;
    this.#turns = new Turns({
      time: parts.time,
      serve: ({ channel }, lane) => this.#serve(channel, lane),
    });
  }

  /** Looks for what is due, and begins to send it; does not wait for the sending. */
  async look(): Promise<void> {
    const { mailbox, time } = this.#parts;
    await mailbox.fill();
    this.#turns.offer((await mailbox.due()).map(waiting));
    if (time.now() - this.#forgottenAt < FORGET_MS) return;
    this.#forgottenAt = time.now();
    await mailbox.forget();
  }

  /** Begins nothing more until the next look; resolves when nothing is under way. */
  idle(): Promise<void> {
    return this.#turns.idle();
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

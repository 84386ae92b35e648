import type { StoredChannel, StoredMessage } from '../../../sql/queries/notifications.ts';
import type { Deliver } from '../channels/outcome.ts';
import { Dispatcher, type Mailbox } from '../dispatcher.ts';
import { retryAt } from '../patience.ts';

/** `pager@beta` is of `beta`, `pager` of `acme`. */
function channelOf(id: string): StoredChannel {
  return {
    ...{
      id,
      name: id,
      tenant: id.split('@')[1] ?? 'acme',
      enabled: true,
      minimumSeverity: 'major',
      rules: null,
    },
    ...{ version: 1, author: 'admin@operator', updatedAt: 0, sealedSecret: null },
    ...{ succeededAt: null, failedAt: null, failure: null, waiting: 0, dead: 0 },
    destination: { kind: 'webhook', url: `https://${id}.test/` },
  };
}

/** Messages in memory, each with when it is due. */
export class FakeMailbox implements Mailbox {
  readonly waiting: { message: StoredMessage; dueAt: number }[] = [];
  readonly dead: { message: StoredMessage; failure: string }[] = [];
  readonly removed: string[] = [];
  /** How often dead letters were swept. */
  forgotten = 0;
  now = 0;
  #put = 0;

  put(channel: string): void {
    this.#put += 1;
    const id = BigInt(this.#put);
    const content = { kind: 'test' as const, by: 'admin@operator', at: this.now };
    const untried = { attempts: 0, failure: null, createdAt: this.now, deadAt: null };
    this.waiting.push({
      message: { id, channel, idempotency: `${channel}-${id}`, content, ...untried },
      dueAt: this.now,
    });
  }

  #due = (): FakeMailbox['waiting'] => this.waiting.filter(({ dueAt }) => dueAt <= this.now);

  fill = (): Promise<void> => Promise.resolve();

  due = (): Promise<StoredChannel[]> =>
    Promise.resolve([...new Set(this.#due().map(({ message }) => message.channel))].map(channelOf));

  take = (channel: string): Promise<StoredMessage | undefined> => {
    const found = this.#due().find(({ message }) => message.channel === channel);
    if (found === undefined) return Promise.resolve(undefined);
    const attempts = found.message.attempts + 1;
    found.message = { ...found.message, attempts };
    found.dueAt = retryAt(attempts, this.now, 0);
    return Promise.resolve(found.message);
  };

  taken = ({ id }: StoredMessage): Promise<void> => {
    this.waiting.splice(
      this.waiting.findIndex(({ message }) => message.id === id),
      1,
    );
    return Promise.resolve();
  };

  failed: Mailbox['failed'] = (message, failure, { dead, notBefore = 0 }) => {
    const waiting = this.waiting.find((each) => each.message.id === message.id);
    if (waiting !== undefined) waiting.dueAt = Math.max(waiting.dueAt, notBefore);
    if (!dead) return Promise.resolve();
    this.dead.push({ message, failure });
    return this.taken(message);
  };

  remove = (channel: string): Promise<void> => {
    this.removed.push(channel);
    return Promise.resolve();
  };

  forget = (): Promise<void> => {
    this.forgotten += 1;
    return Promise.resolve();
  };
}

/** Goes by the mailbox's time, and logs nothing. */
export function testDispatcher(mailbox: FakeMailbox, deliver: Deliver): Dispatcher {
  const now = (): number => mailbox.now;
  return new Dispatcher({
    ...{ mailbox, deliver },
    time: { now, elapsed: now, after: () => () => undefined, random: () => 0 },
    log: { info: () => undefined, warn: () => undefined },
  });
}

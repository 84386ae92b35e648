/** Channels and messages that were given up on, in memory. */
import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { Content } from '../../chaincode/protocol/notifications/notice.ts';
import type { StoredChannel, StoredMessage } from '../../sql/queries/notifications.ts';
import type { ChannelChange, DeadMessage } from '../../sql/writers/notifications.ts';
import type { NotificationStore } from '../notifications/notification-store.ts';

const UNTRIED = { succeededAt: null, failedAt: null, failure: null, waiting: 0, dead: 0 };

export class FakeNotifications implements NotificationStore {
  readonly rows = new Map<string, StoredChannel>();
  readonly sent: { channel: string; content: Content }[] = [];
  letters: StoredMessage[] = [];
  readonly pushKey = 'the key';

  /** Gives up on a message. */
  giveUp(channel: string, content: Content): void {
    const id = BigInt(this.letters.length + 1);
    const tried = { attempts: 20, failure: 'answered 500', createdAt: 1_000, deadAt: 2_000 };
    this.letters.push({ id, channel, idempotency: `id-${id}`, content, ...tried });
  }

  channels = (): Promise<StoredChannel[]> => Promise.resolve([...this.rows.values()]);

  put = ({ channel, sealedSecret }: ChannelChange): Promise<void> => {
    if ((this.rows.get(channel.id)?.version ?? 0) !== channel.version - 1)
      return Promise.reject(new BiotError('VERSION_CONFLICT', 'changed meanwhile'));
    this.rows.set(channel.id, { ...UNTRIED, ...channel, sealedSecret });
    return Promise.resolve();
  };

  remove = (id: string): Promise<void> => {
    this.rows.delete(id);
    return Promise.resolve();
  };

  send = (message: { channel: string; content: Content }): Promise<void> => {
    this.sent.push(message);
    return Promise.resolve();
  };

  dead = ({ channel, before, limit }: { channel: string; before?: bigint | undefined; limit: number }) =>
    Promise.resolve(
      this.letters
        .filter((letter) => letter.channel === channel && (before === undefined || letter.id < before))
        .reverse()
        .slice(0, limit),
    );

  revive = async (message: DeadMessage): Promise<boolean> => {
    const found = this.letters.find(({ id, channel }) => id === message.id && channel === message.channel);
    if (found !== undefined) this.sent.push(found);
    return this.discard(message);
  };

  discard = ({ id, channel }: DeadMessage): Promise<boolean> => {
    const before = this.letters.length;
    this.letters = this.letters.filter((letter) => letter.id !== id || letter.channel !== channel);
    return Promise.resolve(this.letters.length < before);
  };

  seal = (channel: string, secret: string): Uint8Array => Buffer.from(`${channel} ${secret}`);
}

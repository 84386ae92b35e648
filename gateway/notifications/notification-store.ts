/** What the gateway asks about channels: `sqlNotificationStore` answers it in operation, memory in tests. */
import type { Content } from '../../chaincode/protocol/notifications/notice.ts';
import { sealSecret } from '../../network/notifications/secrets.ts';
import type { Database } from '../../sql/connect.ts';
import {
  deadMessages,
  notificationChannels,
  type StoredChannel,
  type StoredMessage,
} from '../../sql/queries/notifications.ts';
import {
  addMessages,
  type ChannelChange,
  type DeadMessage,
  discardMessage,
  putChannel,
  removeChannel,
  reviveMessage,
} from '../../sql/writers/notifications.ts';

/** Every method but `seal` throws BiotError DATABASE_UNAVAILABLE when the database does not answer. */
export interface NotificationStore {
  /** In the order of their names; those of browsers, too. */
  channels(): Promise<StoredChannel[]>;
  /** @throws BiotError VERSION_CONFLICT as well, when somebody else was quicker */
  put(change: ChannelChange): Promise<void>;
  remove(id: string): Promise<void>;
  send(message: { channel: string; content: Content }, now: number): Promise<void>;
  /** Newest first. */
  dead(query: { channel: string; before?: bigint | undefined; limit: number }): Promise<StoredMessage[]>;
  /** @returns whether it was there */
  revive(message: DeadMessage, now: number): Promise<boolean>;
  /** @returns whether it was there */
  discard(message: DeadMessage): Promise<boolean>;
  /** That browsers subscribe with. */
  readonly pushKey: string;
  /** For the notifier alone to open. */
  seal(channel: string, secret: string): Uint8Array;
}

export function sqlNotificationStore(
  { pool }: Pick<Database, 'pool'>,
  { sealingKey, pushKey }: { sealingKey: string; pushKey: string },
): NotificationStore {
  return {
    pushKey,
    channels: () => notificationChannels(pool),
    put: (change) => putChannel(pool, change),
    remove: (id) => removeChannel(pool, id),
    send: (message, now) => addMessages(pool, [message], now),
    dead: (query) => deadMessages(pool, query),
    revive: (message, now) => reviveMessage(pool, message, now),
    discard: (message) => discardMessage(pool, message),
    seal: (channel, secret) => sealSecret(sealingKey, channel, secret),
  };
}

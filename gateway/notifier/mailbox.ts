import type { Pool } from 'mariadb';

import type { Time } from '../../network/time.ts';
import { toDatetime } from '../../sql/columns.ts';
import { channelsWithWork } from '../../sql/queries/notifications.ts';
import { transactions } from '../../sql/transaction.ts';
import { forgetHours } from '../../sql/writers/notification-hours.ts';
import {
  forgetLetters,
  giveUpStale,
  noteFailure,
  noteSuccess,
  removeChannel,
  takeMessage,
} from '../../sql/writers/notifications.ts';
import type { Mailbox } from './dispatcher.ts';
import { fanOut } from './fan-out.ts';
import { retryAt, staleness } from './patience.ts';

export function sqlMailbox(pool: Pool, time: Pick<Time, 'now' | 'random'>): Mailbox {
  const transact = transactions(pool);
  return {
    fill: async () => {
      while (await fanOut(transact, time.now()));
    },
    due: () => channelsWithWork(pool, toDatetime(time.now())),
    take: (channel) => {
      const now = time.now();
      const later = (attempt: number): number => retryAt(attempt, now, time.random());
      return transact(async (transaction) => {
        await giveUpStale(transaction, { channel, now, ...staleness(now) });
        return takeMessage(transaction, { channel, now, retryAt: later });
      });
    },
    taken: (message) => transact((transaction) => noteSuccess(transaction, message, time.now())),
    failed: (message, failure, then) =>
      transact((transaction) => noteFailure(transaction, message, { ...then, failure, now: time.now() })),
    remove: (channel) => removeChannel(pool, channel),
    forget: async () => {
      await forgetLetters(pool, time.now());
      await forgetHours(pool, time.now());
    },
  };
}

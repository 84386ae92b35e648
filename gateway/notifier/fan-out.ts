import { tells } from '../../chaincode/protocol/notifications/channel.ts';
import type { Notice } from '../../chaincode/protocol/notifications/notice.ts';
import { alertsById, type StoredAlert } from '../../sql/queries/alerts.ts';
import { notificationChannels, type StoredNotice, untoldNotices } from '../../sql/queries/notifications.ts';
import type { Transact } from '../../sql/transaction.ts';
import { addMessages, forgetNotices } from '../../sql/writers/notifications.ts';

/** Notices of one transaction; those of one channel become one message. */
const AT_ONCE = 500;

function noticeOf(alert: StoredAlert, { step, at }: StoredNotice): Notice {
  const { id, device, tenant, type, rule, severity, value, details } = alert;
  const { description } = details;
  return {
    ...{ alert: id.toString(), step, at, device, tenant, type, severity, value },
    rule: rule && rule.id,
    description: typeof description === 'string' ? description : null,
  };
}

/**
 * Makes messages of what became of alerts, for each channel that tells of it: all in one transaction, so that nothing is
 * lost or told twice, whenever this process ends.
 *
 * @returns whether there may be more
 * @throws BiotError DATABASE_UNAVAILABLE or INTERNAL
 */
export function fanOut(transact: Transact, now: number): Promise<boolean> {
  return transact(async (transaction) => {
    const untold = await untoldNotices(transaction, AT_ONCE);
    if (untold.length === 0) return false;
    const alerts = new Map(
      (await alertsById(transaction, [...new Set(untold.map(({ alert }) => alert))])).map((alert) => [
        alert.id,
        alert,
      ]),
    );
    // An alert that retention has dropped is nobody's any more, and one that sleeps tells nothing.
    const notices = untold.flatMap((each) => {
      const alert = alerts.get(each.alert);
      return alert === undefined || (alert.snoozedUntil ?? 0) > each.at ? [] : [noticeOf(alert, each)];
    });
    const channels = await notificationChannels(transaction);
    const messages = channels.flatMap((channel) => {
      const told = notices.filter((notice) => tells(channel, notice));
      return told.length === 0
        ? []
        : [{ channel: channel.id, content: { kind: 'alerts' as const, notices: told } }];
    });
    await addMessages(transaction, messages, now);
    await forgetNotices(
      transaction,
      untold.map(({ id }) => id),
    );
    return untold.length === AT_ONCE;
  });
}

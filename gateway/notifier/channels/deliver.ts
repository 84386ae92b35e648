import type { StoredChannel, StoredMessage } from '../../../sql/queries/notifications.ts';
import { NotSent } from '../outward/reach.ts';
import { attempted } from './attempted.ts';
import type { Deliver, Outcome } from './outcome.ts';
import type { SendMail } from './email.ts';
import { sendPush, type WebPushParts } from './web-push.ts';
import { sendWebhook, type WebhookParts } from './webhook.ts';

export interface DeliverParts extends WebhookParts, WebPushParts {
  /** Undefined where the platform has no mail server. */
  readonly sendMail: SendMail | undefined;
}

export function deliverer(parts: DeliverParts): Deliver {
  return (channel, message) => attempted(() => send(parts, channel, message), parts.now);
}

async function send(parts: DeliverParts, channel: StoredChannel, message: StoredMessage): Promise<Outcome> {
  const { destination } = channel;
  switch (destination.kind) {
    case 'webhook':
      return sendWebhook(parts, channel, { url: destination.url, message });
    case 'email':
      if (parts.sendMail === undefined) throw new NotSent('the platform has no mail server');
      return parts.sendMail({ to: destination.to, message });
    case 'web-push':
      return sendPush(parts, destination, message.content);
  }
}

import { BiotError } from '../../../chaincode/protocol/errors.ts';
import type { StoredChannel, StoredMessage } from '../../../sql/queries/notifications.ts';
import { NotNow } from '../outward/post.ts';
import { NotSent } from '../outward/reach.ts';
import { askedUntil } from '../patience.ts';
import type { Deliver, Outcome } from './outcome.ts';
import type { SendMail } from './email.ts';
import { sendPush, type WebPushParts } from './web-push.ts';
import { sendWebhook, type WebhookParts } from './webhook.ts';

export interface DeliverParts extends WebhookParts, WebPushParts {
  /** Undefined where the platform has no mail server. */
  readonly sendMail: SendMail | undefined;
}

export function deliverer(parts: DeliverParts): Deliver {
  return async (channel, message) => {
    try {
      return await send(parts, channel, message);
    } catch (error) {
      if (error instanceof NotNow) {
        const notBefore = askedUntil(error.retryAfter, parts.now());
        return { kind: 'failed', failure: error.message, notBefore };
      }
      if (error instanceof NotSent || error instanceof BiotError)
        return { kind: 'failed', failure: error.message };
      throw error;
    }
  };
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

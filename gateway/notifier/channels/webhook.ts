/** Signed webhooks as https://www.standardwebhooks.com says: receivers need only a library and the secret. */
import { createHmac } from 'node:crypto';

import type { Content } from '../../../chaincode/protocol/notifications/notice.ts';
import { openSecret, secretBytes } from '../../../network/notifications/secrets.ts';
import type { StoredChannel, StoredMessage } from '../../../sql/queries/notifications.ts';
import type { Post } from '../outward/post.ts';
import { NotSent } from '../outward/reach.ts';
import { type Outcome, webhookOutcome } from './outcome.ts';

export interface Signed {
  readonly id: string;
  /** Seconds since the Unix epoch. */
  readonly timestamp: number;
  readonly body: string;
}

export function signatureOf(secret: string, { id, timestamp, body }: Signed): string {
  const mac = createHmac('sha256', secretBytes(secret)).update(`${id}.${timestamp}.${body}`);
  return `v1,${mac.digest('base64')}`;
}

function payloadOf(content: Content, createdAt: number): string {
  const { kind: type, ...data } = content;
  return JSON.stringify({ type, timestamp: new Date(createdAt).toISOString(), data });
}

export interface WebhookParts {
  readonly post: Post;
  /** Opens what the gateway sealed. */
  readonly openingKey: string;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
}

export interface SignedPosting {
  readonly url: string;
  /** By which its receiver knows it again. */
  readonly id: string;
  readonly body: string;
}

/** @param owner whose secret it is @throws NotSent or BiotError STORE_CORRUPT */
export async function postSigned(
  { post, openingKey, now }: WebhookParts,
  owner: { readonly id: string; readonly sealedSecret: Uint8Array | null },
  { url, id, body }: SignedPosting,
): Promise<Outcome> {
  if (owner.sealedSecret === null) throw new NotSent('there is no secret to sign with');
  const signed: Signed = { id, timestamp: Math.floor(now() / 1_000), body };
  const status = await post({
    url,
    body,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'BIoT-DM',
      'webhook-id': id,
      'webhook-timestamp': String(signed.timestamp),
      'webhook-signature': signatureOf(openSecret(openingKey, owner.id, owner.sealedSecret), signed),
    },
  });
  return webhookOutcome(status);
}

/** @throws NotSent or BiotError STORE_CORRUPT */
export function sendWebhook(
  parts: WebhookParts,
  channel: Pick<StoredChannel, 'id' | 'sealedSecret'>,
  { url, message }: { url: string; message: Pick<StoredMessage, 'idempotency' | 'content' | 'createdAt'> },
): Promise<Outcome> {
  const body = payloadOf(message.content, message.createdAt);
  return postSigned(parts, channel, { url, id: `msg_${message.idempotency}`, body });
}

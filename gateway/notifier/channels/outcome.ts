import type { StoredChannel, StoredMessage } from '../../../sql/queries/notifications.ts';

/** How an attempt ended. */
export type Outcome =
  | { readonly kind: 'taken' }
  /** It may go better later; not before an instant, where the endpoint asked for that. */
  | { readonly kind: 'failed'; readonly failure: string; readonly notBefore?: number | undefined }
  /** It will never be taken. */
  | { readonly kind: 'refused'; readonly failure: string }
  /** The channel itself is over. */
  | { readonly kind: 'gone' };

/** Sends a message once. @throws nothing: whatever goes wrong is an outcome */
export type Deliver = (channel: StoredChannel, message: StoredMessage) => Promise<Outcome>;

const GONE = 410;
const NOT_FOUND = 404;

/** What a status says of a webhook (Standard Webhooks: only 2xx is success; 410 means never again). */
export function webhookOutcome(status: number): Outcome {
  if (status >= 200 && status < 300) return { kind: 'taken' };
  const failure = `answered ${status}`;
  return status === GONE ? { kind: 'refused', failure } : { kind: 'failed', failure };
}

/** Of a push service (RFC 8030 section 7.3): the browser has unsubscribed, or its subscription has expired. */
export function pushOutcome(status: number): Outcome {
  return status === GONE || status === NOT_FOUND ? { kind: 'gone' } : webhookOutcome(status);
}

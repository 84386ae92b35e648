/** Web Push (RFC 8030): encrypted for the browser (RFC 8291), so that the push service in between reads nothing. */
import webPush from 'web-push';
import { z } from 'zod';

import type { Content } from '../../../chaincode/protocol/notifications/notice.ts';
import type { PushKeys } from '../../../network/notifications/push-keys.ts';
import type { StoredChannel } from '../../../sql/queries/notifications.ts';
import type { Post } from '../outward/post.ts';
import { NotSent } from '../outward/reach.ts';
import { textOf, titleOf } from '../wording.ts';
import { type Outcome, pushOutcome } from './outcome.ts';

export interface WebPushParts {
  readonly post: Post;
  readonly pushKeys: PushKeys;
  /** Whom a push service may ask about us: `mailto:` or `https:`. */
  readonly contact: string;
}

/** Some are numbers, whatever their type says. */
const headersSchema = z.record(z.string(), z.coerce.string());

type Browser = Extract<StoredChannel['destination'], { kind: 'web-push' }>;

/** How long a push service keeps it for a browser that is away. */
const KEPT_SECONDS = 24 * 3_600;
/** Characters: push services take 4,096 bytes of payload at most, encryption included. */
const MOST_TEXT = 1_000;

/** What the service worker shows, and where it leads. */
function shown(content: Content): string {
  const alert =
    content.kind === 'alerts' && content.notices.length === 1 ? content.notices[0]?.alert : undefined;
  return JSON.stringify({
    title: titleOf(content).slice(0, 200),
    body: textOf(content).slice(0, MOST_TEXT),
    path: content.kind === 'test' ? '/' : `/alerts${alert === undefined ? '' : `/${alert}`}`,
  });
}

/** @throws NotSent */
export async function sendPush(
  { post, pushKeys, contact }: WebPushParts,
  { subscription }: Pick<Browser, 'subscription'>,
  content: Content,
): Promise<Outcome> {
  const { endpoint, headers, body } = details(subscription, content, { pushKeys, contact });
  return pushOutcome(await post({ url: endpoint, headers, body }));
}

function details(
  subscription: Browser['subscription'],
  content: Content,
  { pushKeys, contact }: Pick<WebPushParts, 'pushKeys' | 'contact'>,
): { endpoint: string; headers: Record<string, string>; body: Buffer } {
  try {
    const request = webPush.generateRequestDetails(subscription, shown(content), {
      vapidDetails: { subject: contact, ...pushKeys },
      TTL: KEPT_SECONDS,
      urgency: 'high',
    });
    return { ...request, headers: headersSchema.parse(request.headers) };
  } catch (cause) {
    throw new NotSent('the browser’s keys are none', { cause });
  }
}

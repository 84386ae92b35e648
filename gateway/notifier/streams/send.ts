import type { StreamDestination } from '../../../chaincode/protocol/streams/stream.ts';
import { openSecret } from '../../../network/notifications/secrets.ts';
import type { StoredStream } from '../../../sql/queries/streams.ts';
import { attempted } from '../channels/attempted.ts';
import type { Outcome } from '../channels/outcome.ts';
import { postSigned, type WebhookParts } from '../channels/webhook.ts';
import type { Publish } from '../outward/publish.ts';
import type { Delivery } from './delivery.ts';
import type { SendDelivery } from './forwarder.ts';

export interface StreamSenderParts extends WebhookParts {
  readonly publish: Publish;
}

export function streamSender(parts: StreamSenderParts): SendDelivery {
  return (stream, delivery) => attempted(() => send(parts, stream, delivery), parts.now);
}

async function send(
  parts: StreamSenderParts,
  stream: StoredStream,
  { id, body }: Delivery,
): Promise<Outcome> {
  const { destination } = stream;
  if (destination.kind === 'webhook') return postSigned(parts, stream, { url: destination.url, id, body });
  const { url, topic, authority } = destination;
  await parts.publish({ url, topic, authority, body, ...signInOf(parts, stream, destination) });
  return { kind: 'taken' };
}

function signInOf(
  { openingKey }: WebhookParts,
  { id, sealedSecret }: StoredStream,
  { user }: Extract<StreamDestination, { kind: 'mqtt' }>,
): { user: string | null; password: string | null } {
  const password = user === null || sealedSecret === null ? null : openSecret(openingKey, id, sealedSecret);
  return { user, password };
}

import { path, withSignal, type ApiClient } from './client.ts';
import type {
  BrowserSubscription,
  ChannelDefinition,
  DeadLetterPage,
  NotificationChannel,
  Seen,
} from './types.ts';

/** Where alerts are told, and what could not be delivered there. */
export function notifications(client: ApiClient) {
  return {
    channels: (signal?: AbortSignal) =>
      client.call<{ channels: NotificationChannel[] }>('/notification-channels', withSignal(signal)),
    addChannel: (definition: ChannelDefinition) =>
      client.call<{ channel: NotificationChannel; secret: string | null }>('/notification-channels', {
        method: 'POST',
        body: definition,
      }),
    /** Refused with VERSION_CONFLICT where another version is there by now. */
    changeChannel: ({ id, version }: Seen, definition: ChannelDefinition) =>
      client.call<NotificationChannel>(path`/notification-channels/${id}`, {
        method: 'PUT',
        body: { ...definition, version },
      }),
    renewSecret: (id: string) =>
      client.call<{ secret: string }>(path`/notification-channels/${id}/secret`, { method: 'POST' }),
    testChannel: (id: string) =>
      client.call<undefined>(path`/notification-channels/${id}/test`, { method: 'POST' }),
    removeChannel: (id: string) =>
      client.call<undefined>(path`/notification-channels/${id}`, { method: 'DELETE' }),
    deadLetters: (id: string, query: { limit: number; cursor?: string }, signal?: AbortSignal) =>
      client.call<DeadLetterPage>(path`/notification-channels/${id}/dead-letters`, {
        query: { ...query },
        ...withSignal(signal),
      }),
    sendLetterAgain: (id: string, letter: string) =>
      client.call<undefined>(path`/notification-channels/${id}/dead-letters/${letter}/send-again`, {
        method: 'POST',
      }),
    discardLetter: (id: string, letter: string) =>
      client.call<undefined>(path`/notification-channels/${id}/dead-letters/${letter}`, { method: 'DELETE' }),
    pushKey: () => client.call<{ publicKey: string }>('/push-key'),
    subscribeBrowser: (body: BrowserSubscription) =>
      client.call<undefined>('/push-subscriptions', { method: 'PUT', body }),
    unsubscribeBrowser: (endpoint: string) =>
      client.call<undefined>('/push-subscriptions', { method: 'DELETE', body: { endpoint } }),
  };
}

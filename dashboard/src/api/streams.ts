import { path, withSignal, type ApiClient } from './client.ts';
import type { Seen, Stream, StreamRequest } from './types.ts';

/** Where stored telemetry goes on to. */
export function streams(client: ApiClient) {
  return {
    streams: (signal?: AbortSignal) => client.call<{ streams: Stream[] }>('/streams', withSignal(signal)),
    /** The secret is that of a webhook, and answered this once. */
    addStream: (body: StreamRequest) =>
      client.call<{ stream: Stream; secret: string | null }>('/streams', { method: 'POST', body }),
    /** Refused with VERSION_CONFLICT where another version is there by now. */
    changeStream: ({ id, version }: Seen, request: StreamRequest) =>
      client.call<Stream>(path`/streams/${id}`, { method: 'PUT', body: { ...request, version } }),
    renewStreamSecret: (id: string) =>
      client.call<{ secret: string }>(path`/streams/${id}/secret`, { method: 'POST' }),
    removeStream: (id: string) => client.call<undefined>(path`/streams/${id}`, { method: 'DELETE' }),
  };
}

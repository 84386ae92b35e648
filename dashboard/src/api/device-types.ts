import { path, withSignal, type ApiClient } from './client.ts';
import type { DeviceType, TypeChange } from './types.ts';

/** Types of devices: what each can measure. */
export function deviceTypes(client: ApiClient) {
  return {
    types: (signal?: AbortSignal) => client.call<{ types: DeviceType[] }>('/types', withSignal(signal)),
    type: (name: string, signal?: AbortSignal) =>
      client.call<DeviceType>(path`/types/${name}`, withSignal(signal)),
    putType: (name: string, change: TypeChange) =>
      client.call<DeviceType>(path`/types/${name}`, { method: 'PUT', body: change }),
  };
}

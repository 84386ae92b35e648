import { path, withSignal, type ApiClient } from './client.ts';
import type { Twin } from './types.ts';

/** What is put in the place of what is desired. */
export interface Desire {
  /** Of what it takes the place of; 0 where nothing is desired. */
  version: number;
  properties: Twin['delta'];
}

/** What devices should be, and what they say they are. */
export function twins(client: ApiClient) {
  return {
    twin: (device: string, signal?: AbortSignal) =>
      client.call<Twin>(path`/devices/${device}/twin`, withSignal(signal)),

    /** Refused with VERSION_CONFLICT where another version is desired by now. */
    putDesired: (device: string, desire: Desire) =>
      client.call<Twin>(path`/devices/${device}/twin/desired`, { method: 'PUT', body: desire }),
  };
}

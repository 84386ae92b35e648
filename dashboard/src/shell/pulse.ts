import { inject, provide, shallowRef, type InjectionKey, type ShallowRef } from 'vue';

import type { Overview } from '../api/types.ts';
import { usePolling } from '../api/use-polling.ts';
import { useResource, type Resource } from '../api/use-resource.ts';
import { useServices } from '../services.ts';

/** The platform's state, asked for every few seconds wherever one is: the overview shows it, the shell warns by it. */
export interface Pulse extends Resource<Overview> {
  /** Messages in the minute before each of the latest questions, oldest first. */
  rates: ShallowRef<readonly number[]>;
}

const EVERY_MS = 3_000;
const RATES = 60;
const key: InjectionKey<Pulse> = Symbol('pulse');

export function providePulse(): void {
  const { api } = useServices();
  const rates = shallowRef<readonly number[]>([]);
  const resource = useResource((signal) => api.overview(signal));
  provide(key, { ...resource, rates });

  usePolling(async () => {
    await resource.load();
    const overview = resource.data.value;
    if (overview !== undefined && resource.problem.value === undefined) {
      rates.value = [...rates.value, overview.messages.lastMinute].slice(-RATES);
    }
  }, EVERY_MS);
}

export function usePulse(): Pulse {
  const pulse = inject(key);
  if (pulse === undefined) throw new Error('no pulse is provided here');
  return pulse;
}

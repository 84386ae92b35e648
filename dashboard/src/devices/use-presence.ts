import { onScopeDispose, type Ref } from 'vue';

import type { Presence } from '../api/types.ts';
import { useGathered } from '../live/gathered.ts';
import { useServices } from '../services.ts';

const FLUSH_MS = 500;

/**
 * What has become of the presence of the devices that are watched, told by the live socket.
 *
 * @returns by device id; those of which nothing was told are not there
 */
export function usePresence(): Readonly<Ref<ReadonlyMap<string, Presence>>> {
  const { live } = useServices();
  const told = useGathered<Presence>(FLUSH_MS);
  onScopeDispose(
    live.onPresence(({ device, state, since, reason, wakesAt }) => {
      told.set(device, { state, since, reason, wakesAt });
    }),
  );
  return told.shown;
}

import { onScopeDispose, watch, type Ref } from 'vue';

import type { Device } from '../api/types.ts';
import { useGathered } from '../live/gathered.ts';
import { useServices } from '../services.ts';

const FLUSH_MS = 500;

/**
 * When each device was last heard, kept up to date by the live socket.
 *
 * @returns instants in milliseconds by device id
 */
export function useLastSeen(devices: Ref<readonly Device[]>): Readonly<Ref<ReadonlyMap<string, number>>> {
  const { live } = useServices();
  const seen = useGathered<number>(FLUSH_MS);
  let endWatch: () => void = () => undefined;

  watch(
    () => devices.value.map(({ id }) => id),
    (ids) => {
      endWatch();
      endWatch = live.watch({
        devices: ids,
        onReading: ({ device }) => {
          // When it was heard, not the instant that the device names: that may be history which it resends.
          seen.set(device, Date.now());
        },
      });
    },
    { immediate: true },
  );
  onScopeDispose(() => {
    endWatch();
  });
  return seen.shown;
}

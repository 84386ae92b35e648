import { onScopeDispose, shallowRef, watch, type Ref } from 'vue';

import type { Device } from '../api/types.ts';
import { useServices } from '../services.ts';

const FLUSH_MS = 500;

/**
 * When each device was last heard, kept up to date by the live socket. Values may come hundreds of times a second:
 * they are gathered and shown twice a second.
 *
 * @returns instants in milliseconds by device id
 */
export function useLastSeen(devices: Ref<readonly Device[]>): Readonly<Ref<ReadonlyMap<string, number>>> {
  const { live } = useServices();
  const shown = shallowRef<ReadonlyMap<string, number>>(new Map());
  const heard = new Map<string, number>();
  let endWatch: () => void = () => undefined;
  let dirty = false;

  watch(
    () => devices.value.map(({ id }) => id),
    (ids) => {
      endWatch();
      endWatch = live.watch({
        devices: ids,
        onReading: ({ device }) => {
          // When it was heard, not the instant that the device names: that may be history which it resends.
          heard.set(device, Date.now());
          dirty = true;
        },
      });
    },
    { immediate: true },
  );

  const timer = setInterval(() => {
    if (!dirty) return;
    dirty = false;
    shown.value = new Map(heard);
  }, FLUSH_MS);

  onScopeDispose(() => {
    clearInterval(timer);
    endWatch();
  });
  return shown;
}

import { onScopeDispose, shallowRef, watch, type Ref } from 'vue';

import type { SensorState } from '../api/types.ts';
import { useServices } from '../services.ts';

export type Latest = SensorState['latest'];

const FLUSH_MS = 250;

/**
 * The newest value of each sensor heard live, shown at most four times a second: faster than that nobody reads.
 *
 * @param onUnknown told of a sensor that is not in the list yet
 */
export function useLatestValues(
  device: Ref<string>,
  known: (sensor: string) => boolean,
  onUnknown: () => void,
): Readonly<Ref<ReadonlyMap<string, Latest>>> {
  const { live } = useServices();
  const shown = shallowRef<ReadonlyMap<string, Latest>>(new Map());
  const heard = new Map<string, Latest>();
  let dirty = false;
  let endWatch: () => void = () => undefined;

  watch(
    device,
    (id) => {
      endWatch();
      heard.clear();
      shown.value = new Map();
      endWatch = live.watch({
        devices: [id],
        onReading: ({ ts, values }) => {
          for (const [sensor, value] of Object.entries(values)) {
            if (ts >= (heard.get(sensor)?.ts ?? -Infinity)) heard.set(sensor, { ts, value });
            if (!known(sensor)) onUnknown();
          }
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

import { onScopeDispose, watch, type Ref } from 'vue';

import type { SensorState } from '../api/types.ts';
import { useGathered } from '../live/gathered.ts';
import { useServices } from '../services.ts';

export type Latest = SensorState['latest'];

const FLUSH_MS = 250;

/**
 * The newest value of each sensor heard live.
 *
 * @param onUnknown told of a sensor that is not in the list yet
 */
export function useLatestValues(
  device: Ref<string>,
  known: (sensor: string) => boolean,
  onUnknown: () => void,
): Readonly<Ref<ReadonlyMap<string, Latest>>> {
  const { live } = useServices();
  const latest = useGathered<Latest>(FLUSH_MS);
  let endWatch: () => void = () => undefined;

  watch(
    device,
    (id) => {
      endWatch();
      latest.clear();
      endWatch = live.watch({
        devices: [id],
        onReading: ({ ts, values }) => {
          for (const [sensor, value] of Object.entries(values)) {
            if (ts >= (latest.get(sensor)?.ts ?? -Infinity)) latest.set(sensor, { ts, value });
            if (!known(sensor)) onUnknown();
          }
        },
      });
    },
    { immediate: true },
  );
  onScopeDispose(() => {
    endWatch();
  });
  return latest.shown;
}

import { onScopeDispose, shallowRef, watch, type Ref, type ShallowRef } from 'vue';

import { useResource, type Resource } from '../api/use-resource.ts';
import type { Rollup } from '../api/types.ts';
import { useLiveStore } from '../live/live-store.ts';
import { useServices } from '../services.ts';
import { BucketWindow } from './bucket-window.ts';
import { CHART_POINTS, type Range } from './ranges.ts';

export interface SensorSeries {
  window: ShallowRef<BucketWindow | undefined>;
  resource: Resource<Rollup>;
}

interface Heard {
  ts: number;
  value: number;
}

/** Live values that came while a roll-up was on its way; more than this and the oldest are given up. */
const MOST_WAITING = 500;

/**
 * One sensor over one range: its roll-up, and every live value folded into the same buckets. After an outage of
 * the live connection the roll-up is fetched again, so that no hole stays.
 */
export function useSensorSeries(
  device: Ref<string>,
  sensor: Ref<string | undefined>,
  range: Ref<Range>,
): SensorSeries {
  const { api, live } = useServices();
  const liveStore = useLiveStore();
  const window = shallowRef<BucketWindow>();
  const waiting: Heard[] = [];

  const resource = useResource(async (signal) => {
    const to = Date.now();
    const span = Number.isFinite(range.value.spanMs) ? { from: to - range.value.spanMs, to } : {};
    return api.rollup(device.value, { sensor: sensor.value ?? '', points: CHART_POINTS, ...span }, signal);
  });

  function settle(rollup: Rollup): void {
    const filled = new BucketWindow({ bucketMs: rollup.bucketMs, spanMs: range.value.spanMs });
    filled.fill(rollup.points);
    const covered = (filled.last?.ts ?? -Infinity) + rollup.bucketMs;
    for (const { ts, value } of waiting) if (ts >= covered) filled.add(ts, value, Date.now());
    waiting.length = 0;
    window.value = filled;
  }

  function hear(heard: Heard): void {
    if (resource.loading.value) waiting.push(heard);
    else window.value?.add(heard.ts, heard.value, Date.now());
    if (waiting.length > MOST_WAITING) waiting.shift();
  }

  let endWatch: () => void = () => undefined;
  watch(
    [device, sensor, range],
    () => {
      endWatch();
      waiting.length = 0;
      window.value = undefined;
      resource.clear();
      const name = sensor.value;
      if (name === undefined) return;
      endWatch = live.watch({
        devices: [device.value],
        onReading: ({ ts, values }) => {
          const value = values[name];
          if (value !== undefined) hear({ ts, value });
        },
      });
      void resource.load();
    },
    { immediate: true },
  );
  watch(resource.data, (rollup) => {
    if (rollup !== undefined) settle(rollup);
  });
  watch(
    () => liveStore.state,
    (state) => {
      if (state === 'live' && window.value !== undefined) void resource.load();
    },
  );
  onScopeDispose(() => {
    endWatch();
  });
  return { window, resource };
}

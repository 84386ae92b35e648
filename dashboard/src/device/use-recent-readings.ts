import { onScopeDispose, ref, watch, type Ref } from 'vue';

import { usePages } from '../api/use-pages.ts';
import { usePolling } from '../api/use-polling.ts';
import type { Reading } from '../api/types.ts';
import { useServices } from '../services.ts';
import { markAnchored } from './mark-anchored.ts';

const PAGE = 15;
const EVERY_MS = 3_000;

/**
 * A sensor's raw readings, newest first. New ones come in by themselves, except while `held` is true (somebody is
 * about to press a button in a row, which must not move away) or older pages have been opened.
 */
export function useRecentReadings(device: Ref<string>, sensor: Ref<string | undefined>) {
  const { api, live } = useServices();
  const held = ref(false);
  const pages = usePages<Reading>(async (from, signal) => {
    const query = {
      limit: PAGE,
      ...(sensor.value === undefined ? {} : { sensor: sensor.value }),
      ...from,
    };
    const { readings, next } = await api.readings(device.value, query, signal);
    return { items: readings, next };
  });

  watch([device, sensor], () => {
    pages.clear();
    void pages.restart();
  });

  usePolling(async () => {
    const paged = pages.items.value.length > PAGE;
    if (held.value || paged || pages.loading.value) return;
    await pages.restart();
  }, EVERY_MS);

  onScopeDispose(
    live.onAnchored((frame) => {
      pages.items.value = markAnchored(pages.items.value, frame);
    }),
  );
  return { pages, held };
}

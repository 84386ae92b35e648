import { computed, type ComputedRef } from 'vue';

import { useResource } from '../api/use-resource.ts';
import { useServices } from '../services.ts';
import { usePermissions } from '../session/permissions.ts';
import { useAlertNews } from './use-alert-news.ts';

/** More than that nobody counts. */
const MOST = 99;

/** How many alerts are active and acknowledged by nobody, for the navigation: "7", or "99+"; empty for none. */
export function useAlertCount(): ComputedRef<string> {
  const { api } = useServices();
  const { may } = usePermissions();
  const open = useResource((signal) =>
    api.alerts({ active: 'true', acknowledged: 'false', limit: MOST }, signal),
  );

  async function load(): Promise<void> {
    if (may('alert:read')) await open.load();
  }

  useAlertNews(() => true, load);
  void load();
  return computed(() => {
    const count = open.data.value?.alerts.length ?? 0;
    if (count === 0) return '';
    return open.data.value?.next === null ? String(count) : `${count}+`;
  });
}

import { defineStore } from 'pinia';
import { shallowRef } from 'vue';

import type { Action, Permissions } from '../api/types.ts';

/**
 * What the gateway says that the member may do: it spares people buttons that would be refused. Until it has said so,
 * nothing is offered. Every request is judged again.
 */
export const usePermissions = defineStore('permissions', () => {
  const actions = shallowRef<ReadonlySet<Action>>(new Set());

  /** Keeps what was known when the gateway does not answer. */
  async function load(fetchPermissions: () => Promise<Permissions>): Promise<void> {
    try {
      actions.value = new Set((await fetchPermissions()).actions);
    } catch {
      // The shell says that the gateway does not answer.
    }
  }

  function forget(): void {
    actions.value = new Set();
  }

  /** Whether to offer an action on what the member's own organisation owns. */
  function may(action: Action): boolean {
    return actions.value.has(action);
  }

  return { load, forget, may };
});

import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';

import type { Member } from '../api/types.ts';

/** What the pages show of the session. `settled` turns true when it is known whether the cookie still holds one. */
export const useSessionStore = defineStore('session', () => {
  const member = shallowRef<Member>();
  const settled = ref(false);
  const signedIn = computed(() => member.value !== undefined);

  function change(to: Member | undefined): void {
    member.value = to;
  }

  return { member, settled, signedIn, change };
});

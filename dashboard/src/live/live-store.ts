import { defineStore } from 'pinia';
import { ref } from 'vue';

import type { LiveState } from './live-socket.ts';

/** The live connection's state, for the indicator and for whoever has to catch up after an outage. */
export const useLiveStore = defineStore('live', () => {
  const state = ref<LiveState>('off');

  function change(to: LiveState): void {
    state.value = to;
  }

  return { state, change };
});

import { onScopeDispose, ref, type Ref } from 'vue';

/** One clock for all relative times on the page: it ticks each second while anyone looks at it. */
const now = ref(Date.now());
let users = 0;
let timer: ReturnType<typeof setInterval> | undefined;

function tick(): void {
  if (!document.hidden) now.value = Date.now();
}

export function useNow(): Readonly<Ref<number>> {
  users += 1;
  if (timer === undefined) {
    tick();
    timer = setInterval(tick, 1000);
    document.addEventListener('visibilitychange', tick);
  }
  onScopeDispose(() => {
    users -= 1;
    if (users > 0) return;
    clearInterval(timer);
    timer = undefined;
    document.removeEventListener('visibilitychange', tick);
  });
  return now;
}

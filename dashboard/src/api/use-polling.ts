import { onScopeDispose } from 'vue';

/** Repeats a task, each time so long after the last one has ended; rests while nobody looks at the page. */
export function usePolling(task: () => Promise<void>, intervalMs: number): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stopped = false;

  async function run(): Promise<void> {
    if (!document.hidden) await task();
    if (!stopped) timer = setTimeout(() => void run(), intervalMs);
  }

  function onVisible(): void {
    if (document.hidden) return;
    clearTimeout(timer);
    void run();
  }

  document.addEventListener('visibilitychange', onVisible);
  onScopeDispose(() => {
    stopped = true;
    clearTimeout(timer);
    document.removeEventListener('visibilitychange', onVisible);
  });
  void run();
}

import { onScopeDispose, type ShallowRef, shallowRef } from 'vue';

export interface Gathered<Value> {
  /** What is shown: a new map each time, so that what depends on it is drawn again. */
  readonly shown: Readonly<ShallowRef<ReadonlyMap<string, Value>>>;
  get(key: string): Value | undefined;
  set(key: string, value: Value): void;
  clear(): void;
}

/**
 * A map that is shown at most once in `flushMs`, however often it changes: values may come hundreds of times a second,
 * and nobody reads faster than that. It belongs to the component that makes it, and ends with it.
 */
export function useGathered<Value>(flushMs: number): Gathered<Value> {
  const shown = shallowRef<ReadonlyMap<string, Value>>(new Map());
  const heard = new Map<string, Value>();
  let dirty = false;

  const timer = setInterval(() => {
    if (!dirty) return;
    dirty = false;
    shown.value = new Map(heard);
  }, flushMs);
  onScopeDispose(() => {
    clearInterval(timer);
  });

  return {
    shown,
    get: (key) => heard.get(key),
    set(key, value) {
      heard.set(key, value);
      dirty = true;
    },
    clear() {
      heard.clear();
      dirty = false;
      shown.value = new Map();
    },
  };
}

import { ref } from 'vue';

interface Toast {
  key: number;
  text: string;
  /** Id of the transaction that did it, when there is one. */
  transaction: string | undefined;
}

const SHOWN_MS = 6_000;
const toasts = ref<Toast[]>([]);
let nextKey = 1;

export function useToasts() {
  return toasts;
}

export function dismissToast(key: number): void {
  toasts.value = toasts.value.filter((toast) => toast.key !== key);
}

/** Says that something was done. What failed is shown where it was asked for, and stays there. */
export function showToast(text: string, transaction?: string): void {
  const key = nextKey;
  nextKey += 1;
  toasts.value = [...toasts.value, { key, text, transaction }];
  setTimeout(() => {
    dismissToast(key);
  }, SHOWN_MS);
}

import { defineStore } from 'pinia';
import { ref, shallowRef } from 'vue';

import type { Words } from '../../../network/signing/words.ts';
import { dropKey, keepKey, keptKey } from './key-database.ts';
import type { OwnKey } from './own-key.ts';

/** A change that waits for the person's word. */
interface Pending {
  readonly words: Words;
  readonly answer: (signed: boolean) => void;
}

/** The key with which the signed-in person signs in this browser, if there is one, and what is about to be signed. */
export const useOwnKey = defineStore('own-key', () => {
  const key = shallowRef<OwnKey>();
  /** Whether this browser keeps it beyond this page. */
  const kept = ref(false);
  const pending = shallowRef<Pending>();

  async function use(chosen: OwnKey, keep: boolean): Promise<void> {
    if (keep) await keepKey(chosen);
    key.value = chosen;
    kept.value = keep;
  }

  /** Looks for the key that this browser keeps for the member; a browser without a database keeps none. */
  async function recall(name: string): Promise<void> {
    const found = await keptKey(name).catch(() => undefined);
    if (found === undefined) return;
    key.value = found;
    kept.value = true;
  }

  /** Until the next sign-in, that is, when this browser keeps it. */
  function putAway(): void {
    key.value = undefined;
    kept.value = false;
    decide(false);
  }

  async function forget(): Promise<void> {
    if (key.value !== undefined && kept.value) await dropKey(key.value.name);
    putAway();
  }

  /** Shows the person what is about to be signed, and waits. */
  function confirm(words: Words): Promise<boolean> {
    decide(false);
    return new Promise((resolve) => {
      pending.value = { words, answer: resolve };
    });
  }

  function decide(signed: boolean): void {
    pending.value?.answer(signed);
    pending.value = undefined;
  }

  return { key, kept, pending, use, recall, putAway, forget, confirm, decide };
});

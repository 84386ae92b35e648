import { computed, type ComputedRef, type Ref, ref, shallowRef, type WritableComputedRef } from 'vue';

import { asProblem } from '../api/problem.ts';
import type { Desire } from '../api/twins.ts';
import type { Twin } from '../api/types.ts';
import { propertiesOf, textOfProperties } from './properties-text.ts';

type Desired = Twin['desired'];

/** What talks to the gateway about one device. */
export interface TwinAccess {
  read: () => Promise<Twin>;
  put: (desire: Desire) => Promise<Twin>;
}

/** What is desired while somebody writes it, and others may, too. What was typed stays whatever happens. */
export interface DesiredWriting {
  text: Ref<string>;
  /** Whether anything was typed. */
  touched: ComputedRef<boolean>;
  /** What is wrong with the text, once it was tried. */
  error: ComputedRef<string | undefined>;
  /** What somebody else has put since; undefined while it is as it was. */
  newer: ComputedRef<Desired | undefined>;
  /** Whether the writer has seen the newer one, and wants it replaced; each one anew. */
  replaces: WritableComputedRef<boolean>;
  /** Tried, though the newer one was not to be replaced. */
  unanswered: ComputedRef<boolean>;
  /** What the gateway says meanwhile, in whatever order it comes. */
  hear: (twin: Twin) => void;
  /**
   * Puts it; undefined where the text is wrong, or something newer is there to be seen first.
   *
   * @throws ApiProblem
   */
  put: () => Promise<Twin | undefined>;
}

export function useDesired(twin: Twin, { read, put: send }: TwinAccess): DesiredWriting {
  const before = twin.desired;
  const start = textOfProperties(before.properties);
  const latest = shallowRef(before);
  const text = ref(start);
  const tried = ref(false);
  /** The version whose replacement was agreed to. */
  const agreed = ref<number>();

  const newer = computed(() => (latest.value.version === before.version ? undefined : latest.value));
  const replaces = computed({
    get: () => agreed.value === latest.value.version,
    set: (agrees) => {
      agreed.value = agrees ? latest.value.version : undefined;
    },
  });
  const wrong = computed(() => {
    const made = propertiesOf(text.value);
    return 'error' in made ? made.error : undefined;
  });
  const isAskedFirst = (): boolean => newer.value !== undefined && !replaces.value;

  function hear({ desired }: Twin): void {
    if (desired.version > latest.value.version) latest.value = desired;
  }

  async function put(): Promise<Twin | undefined> {
    tried.value = true;
    const made = propertiesOf(text.value);
    if ('error' in made || isAskedFirst()) return undefined;
    try {
      return await send({ version: latest.value.version, properties: made.properties });
    } catch (error) {
      if (asProblem(error).code !== 'VERSION_CONFLICT') throw error;
      hear(await read());
      if (!isAskedFirst()) throw error;
      return undefined;
    }
  }

  return {
    ...{ text, newer, replaces, hear, put },
    touched: computed(() => text.value !== start),
    error: computed(() => (tried.value ? wrong.value : undefined)),
    unanswered: computed(() => tried.value && isAskedFirst()),
  };
}

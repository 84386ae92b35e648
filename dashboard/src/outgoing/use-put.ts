import { computed, type ComputedRef, type Ref, ref, type ShallowRef, shallowRef } from 'vue';

import { asProblem } from '../api/problem.ts';
import type { NotificationChannel, Stream } from '../api/types.ts';

/** What leads outside. */
export type Outgoing = Stream | NotificationChannel;

interface Access<Item extends Outgoing, Draft, Request, Errors> {
  /** What is changed; a new one is made without. */
  readonly from: Item | undefined;
  /** As the form has it. */
  readonly draft: Ref<Draft>;
  readonly draftOf: (definition: Item['definition']) => Draft;
  readonly requestOf: (
    draft: Draft,
    from: Item['definition'] | undefined,
  ) => { request: Request } | { errors: Errors };
  readonly add: (request: Request) => Promise<{ secret: string | null }>;
  readonly change: (seen: Item, request: Request) => Promise<Item>;
  /** All that there are now. */
  readonly read: () => Promise<readonly Item[]>;
}

/** A form that is written while others may change the same. What was typed stays whatever happens. */
export interface Putting<Item, Request, Errors> {
  /** What is wrong with which field, once it was tried. */
  readonly errors: ShallowRef<Errors | undefined>;
  /** Of a new webhook, once it is made. */
  readonly secret: Ref<string | null>;
  /** What somebody else has made of it since; undefined while nobody is known to have. */
  readonly newer: ComputedRef<Item | undefined>;
  /** Has the form show what is newer, in the place of what was typed. */
  readonly takeNewer: () => void;
  /**
   * @returns what was put; undefined where a field is wrong, or something newer is there to be looked at
   * @throws ApiProblem
   */
  readonly put: () => Promise<Request | undefined>;
}

export function usePut<Item extends Outgoing, Draft, Request, Errors>({
  from,
  draft,
  ...access
}: Access<Item, Draft, Request, Errors>): Putting<Item, Request, Errors> {
  const errors = shallowRef<Errors>();
  const secret = ref<string | null>(null);
  /** What the form began with, and changes. */
  const seen = shallowRef<Item>();
  seen.value = from;
  const newest = shallowRef<Item>();

  async function send(request: Request): Promise<boolean> {
    if (seen.value === undefined) {
      secret.value = (await access.add(request)).secret;
      return true;
    }
    const { id } = seen.value;
    try {
      await access.change(seen.value, request);
      return true;
    } catch (error) {
      if (asProblem(error).code !== 'VERSION_CONFLICT') throw error;
      newest.value = (await access.read()).find((each) => each.id === id);
      // Somebody has taken it away.
      if (newest.value === undefined) throw error;
      return false;
    }
  }

  return {
    ...{ errors, secret },
    newer: computed(() => newest.value),
    takeNewer: () => {
      if (newest.value === undefined) return;
      seen.value = newest.value;
      draft.value = access.draftOf(newest.value.definition);
      newest.value = undefined;
      errors.value = undefined;
    },
    put: async () => {
      const made = access.requestOf(draft.value, seen.value?.definition);
      errors.value = 'errors' in made ? made.errors : undefined;
      if ('errors' in made || !(await send(made.request))) return undefined;
      return made.request;
    },
  };
}

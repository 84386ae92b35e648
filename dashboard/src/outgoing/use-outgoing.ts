import { type ShallowRef, shallowRef } from 'vue';

import { asProblem, type ApiProblem } from '../api/problem.ts';
import { type Pages, useList } from '../api/use-pages.ts';
import { usePolling } from '../api/use-polling.ts';
import type { OutgoingAction } from './outgoing-action.ts';

/** How they fare changes while one looks. */
const REFRESH_MS = 3_000;

/** A page of what leads outside: the list, and what is being done to one of it. */
export interface OutgoingPage<Item, Action> {
  readonly items: Pages<Item>;
  /** A new one has no item. */
  readonly doing: ShallowRef<{ action: Action | OutgoingAction | 'add'; item?: Item } | undefined>;
  readonly close: () => void;
  /** Why what was tried last was refused. */
  readonly refused: ShallowRef<ApiProblem | undefined>;
  /** Does something beside the dialogs; a refusal is shown. */
  readonly attempt: (act: () => Promise<void>) => Promise<void>;
}

/** @template Action what else may be done in a dialog */
export function useOutgoing<Item, Action extends string = never>(
  read: (signal: AbortSignal) => Promise<readonly Item[]>,
): OutgoingPage<Item, Action> {
  const items = useList(read);
  const doing = shallowRef<{ action: Action | OutgoingAction | 'add'; item?: Item }>();
  const refused = shallowRef<ApiProblem>();

  usePolling(items.restart, REFRESH_MS);
  return {
    ...{ items, doing, refused },
    close: () => {
      doing.value = undefined;
    },
    attempt: async (act) => {
      refused.value = undefined;
      try {
        await act();
      } catch (error) {
        refused.value = asProblem(error);
      }
    },
  };
}

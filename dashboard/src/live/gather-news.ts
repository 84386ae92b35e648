/** However much is told, what is shown is fetched again no more often than that. */
const EVERY_MS = 700;

interface News {
  /** There is something new. */
  readonly note: () => void;
  readonly end: () => void;
}

/**
 * Fetches again some time after there was news. What comes together is one fetch; what comes while one is under way may
 * not be in its answer, and is one more.
 *
 * @param fetchAgain never rejects
 * @param schedule calls back after so many milliseconds; returns what cancels it
 */
export function gatherNews(
  fetchAgain: () => Promise<void>,
  schedule: (task: () => void, milliseconds: number) => () => void,
): News {
  let told = 0;
  let ended = false;
  let cancel: (() => void) | undefined;

  function note(): void {
    told += 1;
    cancel ??= schedule(() => void run(), EVERY_MS);
  }

  async function run(): Promise<void> {
    const before = told;
    await fetchAgain();
    cancel = ended || told === before ? undefined : schedule(() => void run(), EVERY_MS);
  }

  return {
    note,
    end: () => {
      ended = true;
      cancel?.();
    },
  };
}

import { computed, ref, shallowRef } from 'vue';

import type { Api } from '../api/endpoints.ts';
import type { ImportFile } from '../api/onboarding.ts';
import { asProblem, type ApiProblem } from '../api/problem.ts';
import type { ImportPlan, ImportRun } from '../api/types.ts';

export type ImportStep = 'choose' | 'looking' | 'looked' | 'running' | 'ended';

const EVERY_MS = 700;

/**
 * One file on its way: looked at, then registered. It outlives the page that shows it, so that whoever looks at
 * something else meanwhile finds it again; it ends with the tab. The file stays in memory and nowhere else.
 */
export function createImport(wait: (milliseconds: number) => Promise<void>) {
  const file = shallowRef<ImportFile>();
  const plan = shallowRef<ImportPlan>();
  const run = shallowRef<ImportRun>();
  const problem = shallowRef<ApiProblem>();
  const busy = ref(false);
  /** Whether the devices become active, too. */
  const activate = ref(false);
  /** Grows with each file, so that what an earlier one's answer says is not taken for this one's. */
  let attempt = 0;

  const step = computed<ImportStep>(() => {
    if (file.value === undefined) return 'choose';
    if (run.value !== undefined) return run.value.state === 'running' ? 'running' : 'ended';
    if (plan.value !== undefined) return busy.value ? 'running' : 'looked';
    return 'looking';
  });

  async function guarded(task: (current: () => boolean) => Promise<void>): Promise<void> {
    attempt += 1;
    const mine = attempt;
    const current = (): boolean => mine === attempt;
    busy.value = true;
    problem.value = undefined;
    try {
      await task(current);
    } catch (error) {
      if (current()) problem.value = asProblem(error);
    } finally {
      if (current()) busy.value = false;
    }
  }

  /** A dry run: what importing it would do. */
  function look(api: Api, chosen: ImportFile): Promise<void> {
    file.value = chosen;
    plan.value = undefined;
    run.value = undefined;
    return guarded(async (current) => {
      const found = await api.planImport(chosen);
      if (current()) plan.value = found;
    });
  }

  /** Registers what is right in it, activates it if that is wanted, and follows that to its end. */
  async function start(api: Api): Promise<void> {
    const chosen = file.value;
    if (chosen === undefined) return;
    run.value = undefined;
    await guarded(async (current) => {
      const { id } = await api.startImport(chosen, { activate: activate.value });
      do {
        await wait(EVERY_MS);
        if (current()) await follow(api, id);
      } while (current() && run.value?.state !== 'done' && run.value?.state !== 'failed');
    });
  }

  /** A gateway that does not answer for a moment goes on registering all the same. */
  async function follow(api: Api, id: string): Promise<void> {
    try {
      run.value = await api.importRun(id);
      problem.value = undefined;
    } catch (error) {
      const found = asProblem(error);
      if (found.status !== 0 && found.status < 500) throw found;
      problem.value = found;
    }
  }

  function forget(): void {
    attempt += 1;
    busy.value = false;
    file.value = undefined;
    plan.value = undefined;
    run.value = undefined;
    problem.value = undefined;
  }

  return { file, plan, run, problem, busy, activate, step, look, start, forget };
}

type Import = ReturnType<typeof createImport>;

let shared: { member: string; import: Import } | undefined;

/** The signed-in member's. Somebody else in the same tab begins with none. */
export function useImport(member: string): Import {
  if (shared?.member !== member) {
    shared?.import.forget();
    shared = {
      member,
      import: createImport((milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))),
    };
  }
  return shared.import;
}

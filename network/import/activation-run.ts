import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { RegistryLedger } from '../ledger/registry.ts';
import { lotsTogether } from './chunks.ts';
import { type Patience, patiently } from './patience.ts';

export interface ActivationOptions {
  readonly registry: Pick<RegistryLedger, 'activateAll' | 'get'>;
  /** Begins nothing more once it is aborted, and waits for what is under way. */
  readonly stop: AbortSignal;
  readonly sleep: Patience['sleep'];
  /** Told after each transaction. */
  readonly onProgress?: (activated: number) => void;
}

export interface ActivationResult {
  /** Devices that are active now, by this run or by somebody else meanwhile. */
  readonly activated: number;
  /** What it failed of. */
  readonly failure?: BiotError;
}

/** A device's key is looked up and written, so that each costs more than one that is registered. */
const CHUNK = 100;
const IN_FLIGHT = 4;
const QUERIES_AT_ONCE = 16;
const REASON = 'imported';

/** Activates devices that were registered, several transactions at a time. What was broken off goes on when begun anew. */
export async function activateAll(
  ids: readonly string[],
  { registry, stop, sleep, onProgress }: ActivationOptions,
): Promise<ActivationResult> {
  const chunks = lotsTogether(ids, (id) => id, CHUNK);
  let activated = 0;
  let failure: BiotError | undefined;
  const over = (): boolean => failure !== undefined || stop.aborted;
  const work = async (): Promise<void> => {
    for (const chunk of chunks) {
      if (over()) return;
      try {
        const done = await patiently(() => activate(registry, chunk), { sleep, over });
        activated += done;
      } catch (error) {
        if (!(error instanceof BiotError)) throw error;
        failure ??= error;
      }
      onProgress?.(activated);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, work));
  return failure === undefined ? { activated } : { activated, failure };
}

/** @returns how many of them are active now */
async function activate(registry: ActivationOptions['registry'], ids: readonly string[]): Promise<number> {
  try {
    await registry.activateAll(ids, REASON);
    return ids.length;
  } catch (error) {
    if (!(error instanceof BiotError && error.code === 'TRANSITION_ILLEGAL')) throw error;
    return activateOthers(registry, ids, error);
  }
}

/** Some were activated by a transaction of ours of which we were not told, or changed by somebody else: those stay. */
async function activateOthers(
  registry: ActivationOptions['registry'],
  ids: readonly string[],
  refusal: BiotError,
): Promise<number> {
  let active = 0;
  const rest: string[] = [];
  for (let start = 0; start < ids.length; start += QUERIES_AT_ONCE) {
    const some = ids.slice(start, start + QUERIES_AT_ONCE);
    for (const { id, status } of await Promise.all(some.map((each) => registry.get(each)))) {
      if (status === 'registered') rest.push(id);
      else if (status === 'active') active += 1;
    }
  }
  if (rest.length === ids.length) throw refusal;
  return rest.length === 0 ? active : active + (await activate(registry, rest));
}

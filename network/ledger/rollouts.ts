import { type Rollout, type RolloutDraft, rolloutSchema } from '../../chaincode/protocol/firmware/rollout.ts';
import type { Committed, ContractClient, LedgerCall } from './client.ts';
import { parseResult } from './contract-results.ts';

export type RolloutCommitted = Committed & { readonly rollout: Rollout };

/** Rollouts of firmware on the channel `registry`. Refusals bear the contract's codes; see LedgerError for the rest. */
export interface RolloutLedger {
  /** For the devices of the caller's organisation. The same draft again, by the same person, changes nothing. */
  create(draft: RolloutDraft): Promise<RolloutCommitted>;
  /** By another person than the one who created it. */
  approve(id: string): Promise<RolloutCommitted>;
  pause(id: string, reason: string): Promise<RolloutCommitted>;
  resume(id: string): Promise<RolloutCommitted>;
  cancel(id: string, reason: string): Promise<RolloutCommitted>;
  get(id: string): Promise<Rollout>;
}

export function rolloutLedger(client: ContractClient): RolloutLedger {
  const change = async (transaction: string, ...args: string[]): Promise<RolloutCommitted> => {
    const { result, ...committed } = await client.submit(rolloutCall(transaction, args));
    return { rollout: parseResult(rolloutSchema, result), ...committed };
  };
  return {
    create: (draft) => change('Create', JSON.stringify(draft)),
    approve: (id) => change('Approve', id),
    pause: (id, reason) => change('Pause', id, reason),
    resume: (id) => change('Resume', id),
    cancel: (id, reason) => change('Cancel', id, reason),
    get: async (id) => parseResult(rolloutSchema, await client.evaluate(rolloutCall('Get', [id]))),
  };
}

function rolloutCall(transaction: string, args: readonly string[]): LedgerCall {
  return { channel: 'registry', contract: 'RolloutContract', transaction, args };
}

import type { RolloutDraft } from '../../../chaincode/protocol/firmware/rollout.ts';
import { path, withSignal, type ApiClient } from './client.ts';
import type { RolloutDevice, RolloutView } from './types.ts';

interface PageQuery {
  limit: number;
  cursor?: string;
}

/** What is told of a rollout that was just changed, whoever signed it. */
export type RolloutChanged = Pick<RolloutView, 'id' | 'state' | 'type' | 'version' | 'created'>;

/** How releases come to devices. */
export function rollouts(client: ApiClient) {
  return {
    rollouts: (query: PageQuery, signal?: AbortSignal) =>
      client.call<{ rollouts: RolloutView[]; next: string | null }>('/rollouts', {
        query: { ...query },
        ...withSignal(signal),
      }),
    rollout: (id: string, signal?: AbortSignal) =>
      client.call<RolloutView>(path`/rollouts/${id}`, withSignal(signal)),
    rolloutDevices: (id: string, query: PageQuery & { state?: string }, signal?: AbortSignal) =>
      client.call<{ devices: RolloutDevice[]; next: string | null }>(path`/rollouts/${id}/devices`, {
        query: { ...query },
        ...withSignal(signal),
      }),
    createRollout: (draft: RolloutDraft) =>
      client.call<RolloutChanged>('/rollouts', { method: 'POST', body: draft }),
    forwardRollout: (id: string, verb: 'approve' | 'resume') =>
      client.call<RolloutChanged>(path`/rollouts/${id}/${verb}`, { method: 'POST' }),
    haltRollout: (id: string, verb: 'pause' | 'cancel', reason: string) =>
      client.call<RolloutChanged>(path`/rollouts/${id}/${verb}`, { method: 'POST', body: { reason } }),
  };
}

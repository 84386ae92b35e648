import { path, withSignal, type ApiClient } from './client.ts';
import type {
  CatalogueEntry,
  CommandDefinitionChange,
  CommandDelivery,
  CommandDetail,
  CommandEvent,
  CommandRequest,
  CommandView,
} from './types.ts';

export interface CommandFilter {
  device?: string;
  name?: string;
  state?: string;
  limit: number;
  cursor?: string;
}

/** What is told of a command that was just changed, whoever signed it. */
export type CommandChanged = Pick<CommandView, 'id' | 'state' | 'transaction'>;

interface PageQuery {
  limit: number;
  cursor?: string;
}

/** Commands, what becomes of them, and which there are. */
export function commands(client: ApiClient) {
  return {
    commands: (filter: CommandFilter, signal?: AbortSignal) =>
      client.call<{ commands: CommandView[]; next: string | null }>('/commands', {
        query: { ...filter },
        ...withSignal(signal),
      }),
    command: (id: string, signal?: AbortSignal) =>
      client.call<CommandDetail>(path`/commands/${id}`, withSignal(signal)),
    deliveries: (id: string, query: PageQuery & { state?: string }, signal?: AbortSignal) =>
      client.call<{ deliveries: CommandDelivery[]; next: string | null }>(path`/commands/${id}/deliveries`, {
        query: { ...query },
        ...withSignal(signal),
      }),
    commandTimeline: (id: string, query: PageQuery & { device?: string }, signal?: AbortSignal) =>
      client.call<{ timeline: CommandEvent[]; next: string | null }>(path`/commands/${id}/timeline`, {
        query: { ...query },
        ...withSignal(signal),
      }),
    issueCommand: (request: CommandRequest) =>
      client.call<CommandChanged>('/commands', { method: 'POST', body: request }),
    approveCommand: (id: string) =>
      client.call<CommandChanged>(path`/commands/${id}/approve`, { method: 'POST' }),
    endCommand: (id: string, verb: 'reject' | 'cancel', reason: string) =>
      client.call<CommandChanged>(path`/commands/${id}/${verb}`, { method: 'POST', body: { reason } }),
    catalogue: (type: string | undefined, signal?: AbortSignal) =>
      client.call<{ commands: CatalogueEntry[] }>('/command-catalogue', {
        query: { type },
        ...withSignal(signal),
      }),
    defineCommand: (type: string, name: string, change: CommandDefinitionChange) =>
      client.call<CatalogueEntry>(path`/command-catalogue/${type}/${name}`, { method: 'PUT', body: change }),
  };
}

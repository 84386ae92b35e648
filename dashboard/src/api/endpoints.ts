import { alerts } from './alerts.ts';
import { path, withSignal, type ApiClient } from './client.ts';
import { commands } from './commands.ts';
import { deviceChanges } from './device-changes.ts';
import { deviceTypes } from './device-types.ts';
import { firmware } from './firmware.ts';
import { notifications } from './notifications.ts';
import { onboarding } from './onboarding.ts';
import { rollouts } from './rollouts.ts';
import { streams } from './streams.ts';
import { twins } from './twins.ts';
import type {
  Action,
  AnchorPage,
  AuditPage,
  Channel,
  Checkpoint,
  Device,
  DeviceHistory,
  DevicePage,
  DeviceView,
  DryRun,
  Explanation,
  HashedReport,
  ListedMember,
  Member,
  Overview,
  PasswordChange,
  Period,
  Permissions,
  PolicyChange,
  PresenceEvents,
  Proposal,
  ReadingPage,
  Registration,
  Resource,
  Rollup,
  Rule,
  SensorState,
} from './types.ts';

export type ProposalVerb = 'approve' | 'reject' | 'withdraw';

export interface DeviceFilter {
  search?: string;
  status?: string;
  presence?: string;
  limit?: number;
  cursor?: string;
}

export interface RollupRequest {
  sensor: string;
  /** Instants in milliseconds; without them, from the first reading to the last. */
  from?: number;
  to?: number;
  points: number;
}

/** The gateway's REST interface as functions. Each throws `ApiProblem` and stops when its signal is aborted. */
export function createApi(client: ApiClient) {
  return {
    ...deviceChanges(client),
    ...deviceTypes(client),
    ...alerts(client),
    ...commands(client),
    ...firmware(client),
    ...notifications(client),
    ...onboarding(client),
    ...rollouts(client),
    ...streams(client),
    ...twins(client),
    permissions: (signal?: AbortSignal) => client.call<Permissions>('/auth/permissions', withSignal(signal)),
    changePassword: (change: PasswordChange) =>
      client.call<undefined>('/auth/password', { method: 'POST', body: change }),
    members: (signal?: AbortSignal) =>
      client.call<{ members: ListedMember[] }>('/members', withSignal(signal)),
    overview: (signal?: AbortSignal) => client.call<Overview>('/overview', withSignal(signal)),

    devices: (filter: DeviceFilter, signal?: AbortSignal) =>
      client.call<DevicePage>('/devices', { query: { ...filter }, ...withSignal(signal) }),

    device: (id: string, signal?: AbortSignal) =>
      client.call<DeviceView>(path`/devices/${id}`, withSignal(signal)),

    presenceEvents: (id: string, signal?: AbortSignal) =>
      client.call<PresenceEvents>(path`/devices/${id}/presence`, withSignal(signal)),

    register: (device: Registration) =>
      client.call<{ devices: Device[] }>('/devices', { method: 'POST', body: { devices: [device] } }),

    history: (id: string, signal?: AbortSignal) =>
      client.call<DeviceHistory>(path`/devices/${id}/history`, withSignal(signal)),

    sensors: (id: string, signal?: AbortSignal) =>
      client.call<{ sensors: SensorState[] }>(path`/devices/${id}/sensors`, withSignal(signal)),

    readings: (
      id: string,
      query: { sensor?: string; limit: number; cursor?: string },
      signal?: AbortSignal,
    ) => client.call<ReadingPage>(path`/devices/${id}/telemetry`, { query, ...withSignal(signal) }),

    rollup: (id: string, request: RollupRequest, signal?: AbortSignal) =>
      client.call<Rollup>(path`/devices/${id}/telemetry/rollup`, {
        query: { ...request },
        ...withSignal(signal),
      }),

    anchors: (query: { logId?: string; limit: number; cursor?: string }, signal?: AbortSignal) =>
      client.call<AnchorPage>('/anchors', { query, ...withSignal(signal) }),

    audit: (query: Record<string, string | number>, signal?: AbortSignal) =>
      client.call<AuditPage>('/audit', { query, ...withSignal(signal) }),

    report: ({ from, to }: Period, signal?: AbortSignal) =>
      client.call<HashedReport>('/reports/compliance', {
        query: { from, to, format: 'json' },
        ...withSignal(signal),
      }),

    /** The same as one HTML file. */
    reportFile: ({ from, to }: Period) =>
      client.text('/reports/compliance', { query: { from, to, format: 'html' } }),

    logs: (signal?: AbortSignal) => client.call<{ logs: Checkpoint[] }>('/logs', withSignal(signal)),

    entryProof: (entryId: string, signal?: AbortSignal) =>
      client.call<unknown>(path`/audit/${entryId}/proof`, withSignal(signal)),

    /** Evidence as it came: whoever checks it also checks its form. */
    proof: (readingId: string, signal?: AbortSignal) =>
      client.call<unknown>(path`/telemetry/${readingId}/proof`, withSignal(signal)),
    rules: (channel: Channel, signal?: AbortSignal) =>
      client.call<{ rules: Rule[] }>('/policies/rules', { query: { channel }, ...withSignal(signal) }),
    proposals: (query: { channel: Channel; limit: number; cursor?: string }, signal?: AbortSignal) =>
      client.call<{ proposals: Proposal[]; next: string | null }>('/policies/proposals', {
        query,
        ...withSignal(signal),
      }),
    propose: (channel: Channel, request: { change: PolicyChange; reason: string; expiresAt: string }) =>
      client.call<Proposal>('/policies/proposals', { method: 'POST', query: { channel }, body: request }),
    decideProposal: (channel: Channel, id: string, verb: ProposalVerb) =>
      client.call<Proposal>(path`/policies/proposals/${id}/${verb}`, { method: 'POST', query: { channel } }),
    dryRun: (channel: Channel, change: PolicyChange, signal?: AbortSignal) =>
      client.call<DryRun>('/policies/dry-run', {
        method: 'POST',
        query: { channel },
        body: { change },
        ...withSignal(signal),
      }),
    explain: (channel: Channel, question: { subject?: Member; action: Action; resource: Resource }) =>
      client.call<Explanation>('/policies/explain', { method: 'POST', query: { channel }, body: question }),
  };
}

export type Api = ReturnType<typeof createApi>;

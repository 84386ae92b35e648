import { path, withSignal, type ApiClient } from './client.ts';
import type {
  Alert,
  AlertPage,
  AlertRule,
  AlertRuleDefinition,
  AlertRuleHistory,
  AlertRuleTrial,
  AlertStory,
} from './types.ts';

export interface AlertQuery {
  severity?: string;
  device?: string;
  rule?: string;
  assignee?: string;
  active?: string;
  acknowledged?: string;
  limit: number;
  cursor?: string;
}

/** What people do to an alert, with what each says about it. */
export type Handling =
  | { verb: 'acknowledge' | 'clear'; body: { comment?: string } }
  | { verb: 'assign'; body: { assignee: string | null } }
  | { verb: 'comment'; body: { comment: string } }
  | { verb: 'snooze'; body: { until: number } };

/** Alerts and what becomes of them. */
export function alerts(client: ApiClient) {
  return {
    alerts: (query: AlertQuery, signal?: AbortSignal) =>
      client.call<AlertPage>('/alerts', { query: { ...query }, ...withSignal(signal) }),
    alert: (id: string, signal?: AbortSignal) =>
      client.call<AlertStory>(path`/alerts/${id}`, withSignal(signal)),
    handleAlert: (id: string, { verb, body }: Handling) =>
      client.call<Alert>(path`/alerts/${id}/${verb}`, { method: 'POST', body }),
    alertRules: (signal?: AbortSignal) =>
      client.call<{ rules: AlertRule[] }>('/alert-rules', withSignal(signal)),
    /** Its versions, the newest first. */
    alertRule: (id: string, signal?: AbortSignal) =>
      client.call<AlertRuleHistory>(path`/alert-rules/${id}`, withSignal(signal)),
    /** @param version that was seen, 0 for a new one */
    putAlertRule: (definition: AlertRuleDefinition, version: number) =>
      client.call<AlertRule>(path`/alert-rules/${definition.id}`, {
        method: 'PUT',
        query: { version: String(version) },
        body: definition,
      }),
    deleteAlertRule: (id: string) => client.call<undefined>(path`/alert-rules/${id}`, { method: 'DELETE' }),
    /** Takes what `alertRules` answers, as it came out of a file. */
    importAlertRules: (rules: unknown) =>
      client.call<{ taken: number }>('/alert-rules/import', { method: 'POST', body: rules }),
    tryAlertRule: (rule: AlertRuleDefinition, span: { from: number; to: number }, signal?: AbortSignal) =>
      client.call<AlertRuleTrial>('/alert-rules/dry-run', {
        method: 'POST',
        body: { rule, ...span },
        ...withSignal(signal),
      }),
  };
}

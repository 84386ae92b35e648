/** Alerts and their rules in memory. */
import { afterStep } from '../../chaincode/protocol/alerts/life-cycle.ts';
import type { AlertRule } from '../../chaincode/protocol/alerts/rule.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { serves, servesAll, type Tenants } from '../../chaincode/protocol/tenants.ts';
import type { AlertRuleVersion } from '../../sql/queries/alert-rules.ts';
import type { AlertQuery, StoredAlert, StoredAlertEvent } from '../../sql/queries/alerts.ts';
import type { HistoryQuery, PastReading } from '../../sql/queries/history.ts';
import type { TakenStep } from '../../sql/writers/alert-life.ts';
import type { AlertRuleChange } from '../../sql/writers/alert-rules.ts';
import type { AlertStore } from '../alerts/alert-store.ts';

const mayKnow = (tenants: Tenants, { tenant }: StoredAlert): boolean =>
  tenant === null ? servesAll(tenants) : serves(tenants, tenant);

const fits = (asked: unknown, value: unknown): boolean => asked === undefined || asked === value;

export class FakeAlerts implements AlertStore {
  rows: StoredAlert[] = [];
  readonly timeline: (StoredAlertEvent & { alert: bigint })[] = [];
  readonly ruleVersions: AlertRuleVersion[] = [];
  past: (PastReading & { device: string })[] = [];

  /** Raises one of a device, as its rule would. */
  raise(changes: Partial<StoredAlert> = {}): StoredAlert {
    const alert: StoredAlert = {
      id: BigInt(this.rows.length + 1),
      device: 'press-07',
      tenant: 'acme',
      type: 'threshold',
      severity: 'major',
      rule: { id: 'hot', version: 1 },
      value: 90,
      lastValue: 90,
      lastAt: 1_000,
      times: 1,
      details: {},
      createdAt: 2_000,
      clearedAt: null,
      acknowledgedAt: null,
      assignee: null,
      snoozedUntil: null,
      ...changes,
    };
    this.rows.push(alert);
    return alert;
  }

  page = ({ tenants, device, rule, severity, assignee, active, acknowledged, before, limit }: AlertQuery) =>
    Promise.resolve(
      this.rows
        .filter(
          (row) =>
            mayKnow(tenants, row) &&
            fits(device, row.device) &&
            fits(rule, row.rule?.id) &&
            fits(severity, row.severity) &&
            fits(assignee, row.assignee) &&
            fits(active, row.clearedAt === null) &&
            fits(acknowledged, row.acknowledgedAt !== null) &&
            (before === undefined || row.id < before),
        )
        .reverse()
        .slice(0, limit),
    );

  one = ({ id, tenants }: { id: bigint; tenants: Tenants }) =>
    Promise.resolve(this.rows.find((row) => row.id === id && mayKnow(tenants, row)));

  events = (id: bigint) =>
    Promise.resolve(this.timeline.flatMap(({ alert, ...event }) => (alert === id ? [event] : [])));

  take = async ({ id, tenants, step, author, now, details }: TakenStep): Promise<StoredAlert> => {
    const alert = await this.one({ id, tenants });
    if (alert === undefined) throw new BiotError('NOT_FOUND', `there is no alert ${id}`);
    const next = { ...alert, ...afterStep(alert, step, now) };
    this.rows = this.rows.map((row) => (row.id === id ? next : row));
    this.timeline.push({ alert: id, step: step.kind, author, details, at: now });
    return next;
  };

  rules = (): Promise<AlertRule[]> => {
    const newest = new Map(this.ruleVersions.map((version) => [version.id, version]));
    return Promise.resolve(
      [...newest.values()].flatMap(({ definition, version, author, updatedAt }) =>
        definition === null ? [] : [{ definition, version, author, updatedAt }],
      ),
    );
  };

  versions = (id: string) =>
    Promise.resolve(this.ruleVersions.filter((version) => version.id === id).reverse());

  change = async (changes: readonly AlertRuleChange[]): Promise<number[]> =>
    Promise.resolve(
      changes.map(({ id, tenant, definition, author, now, check }) => {
        const before = this.ruleVersions.filter((each) => each.id === id);
        check?.((before.at(-1)?.definition ?? null) === null ? 0 : before.length);
        const version = before.length + 1;
        this.ruleVersions.push({ id, tenant, definition, author, version, updatedAt: now });
        return version;
      }),
    );

  history = ({ device, sensors, from, to, after, limit }: HistoryQuery): Promise<PastReading[]> =>
    Promise.resolve(
      this.past
        .filter(
          (row) =>
            row.device === device &&
            (sensors === undefined || sensors.includes(row.sensor)) &&
            row.ts >= from &&
            row.ts < to &&
            (after === undefined || row.ts > after.ts || (row.ts === after.ts && row.id > after.id)),
        )
        .slice(0, limit)
        .map(({ id, ts, sensor, value }) => ({ id, ts, sensor, value })),
    );
}

import type { Device } from '../../chaincode/protocol/device.ts';
import { serves } from '../../chaincode/protocol/tenants.ts';
import type { ReportPeriod } from '../../sql/queries/report-sums.ts';
import type { Fleet } from '../fleet.ts';
import type { ComplianceReport, ReportedLedgerChange } from './report-schema.ts';
import type { ReportStore } from './report-store.ts';

/** Transactions that are looked for in the trail: the newest. */
export const MOST_LOOKED_FOR = 1_000;
export const MOST_LISTED = 100;

/** What our copy of the ledger has of a period, and what of it the trail does not know. @throws BiotError DATABASE_UNAVAILABLE */
export async function ledgerChanges(
  { fleet, store }: { fleet: Pick<Fleet, 'all' | 'freshness'>; store: Pick<ReportStore, 'told'> },
  { tenants, from, to }: ReportPeriod,
): Promise<ComplianceReport['ledger']> {
  const [first, last] = [from, to].map((instant) => new Date(instant).toISOString());
  const within = (instant: string): boolean =>
    first !== undefined && last !== undefined && instant >= first && instant < last;
  const devices = fleet.all().filter(({ tenant }) => serves(tenants, tenant));
  const changed = devices.filter(({ updatedAt }) => within(updatedAt));
  const all = changesOf(changed);
  const changes = all.slice(0, MOST_LOOKED_FOR);
  const told = await store.told(changes.map(({ transaction }) => transaction));
  const untold = changes.filter(({ transaction }) => !told.has(transaction));
  return {
    fresh: fleet.freshness().fresh,
    registered: devices.filter(({ registeredAt }) => within(registeredAt)).length,
    suspended: changed.filter(({ status }) => status === 'suspended').length,
    revoked: changed.filter(({ status }) => status === 'revoked').length,
    lookedFor: changes.length,
    lookedForCut: all.length > changes.length,
    untoldTotal: untold.length,
    untold: untold.slice(0, MOST_LISTED),
  };
}

/** One for each transaction, newest first. */
function changesOf(changed: readonly Device[]): ReportedLedgerChange[] {
  const byTransaction = Map.groupBy(changed, ({ transaction }) => transaction);
  return [...byTransaction]
    .map(([transaction, devices]): ReportedLedgerChange | undefined => {
      const [device] = devices;
      if (device === undefined) return undefined;
      const { id, status, updatedAt, by, reason } = device;
      return {
        device: id,
        devices: devices.length,
        status,
        at: Date.parse(updatedAt),
        by,
        reason,
        transaction,
      };
    })
    .filter((change) => change !== undefined)
    .sort((left, right) => right.at - left.at);
}

import type { AnchorLedger } from '../../network/ledger/anchors.ts';
import type { StoredAuditEntry } from '../../sql/queries/audit-logs.ts';
import type { ReportPeriod, SummedOutcome } from '../../sql/queries/report-sums.ts';
import type { Fleet } from '../fleet.ts';
import type { Store } from '../store.ts';
import { Deadline } from './deadline.ts';
import { ledgerChanges } from './ledger-changes.ts';
import { reviewLogs } from './log-review.ts';
import { operationsIn } from './operations-report.ts';
import type { ReportedEntries, ReportedEntry } from './report-entries-schema.ts';
import type { ComplianceReport, ReportedLog, ReportGap } from './report-schema.ts';
import { askedBefore, type ReportStore } from './report-store.ts';
import { count } from './report-words.ts';

export interface ReportParts {
  readonly sums: ReportStore;
  readonly trail: Pick<Store, 'auditEntries'>;
  readonly fleet: Pick<Fleet, 'all' | 'freshness'>;
  readonly ledger: Pick<AnchorLedger, 'logs' | 'list'>;
  readonly clock: () => number;
}

const DEVICE_ACTIONS = [
  'registerDevices',
  'beginImport',
  'redeemClaim',
  'redeemVoucher',
  'activateDevice',
  'suspendDevice',
  'revokeDevice',
  'reprovisionDevice',
  'rotateDeviceKey',
  'transferDevice',
  'cancelTransfer',
  'acceptTransfer',
] as const;
const POLICY_ACTIONS = ['proposeChange', 'approveProposal', 'rejectProposal', 'withdrawProposal'] as const;
const FIRMWARE_ACTIONS = [
  'publishRelease',
  'approveRelease',
  'rejectRelease',
  'withdrawRelease',
  'registerVendorKey',
  'revokeVendorKey',
] as const;
const SIGNED_ELSEWHERE = ['submitTransaction'] as const;

const MOST_DEEDS = 200;
const MOST_SIGN_INS = 100;
/** More than there are actions and codes, should none of them be invented. */
const MOST_OUTCOMES = 10_000;
const MOST_CODES = 100;
/** Of each action. */
const MOST_ENTRIES = 25;

/** @throws BiotError DATABASE_UNAVAILABLE, also when it takes too long */
export async function makeReport(
  parts: ReportParts,
  { madeBy, ...period }: ReportPeriod & { madeBy: string },
): Promise<ComplianceReport> {
  const { fleet, ledger, clock } = parts;
  const now = clock();
  const deadline = new Deadline(clock);
  const sums = askedBefore(deadline, parts.sums);
  const trail: ReportParts['trail'] = {
    auditEntries: (query) => deadline.ask(() => parts.trail.auditEntries(query)),
  };
  // One after the other: a report takes one of the few connections to the database.
  const deeds = await sums.deeds(period, { limit: MOST_DEEDS + 1 });
  const signIns = await sums.deeds(period, { action: 'signIn', limit: MOST_SIGN_INS + 1 });
  const outcomes = await sums.outcomes(period, MOST_OUTCOMES);
  const entries = (names: readonly string[]): Promise<ReportedEntries> =>
    entriesOf(trail, { ...period, outcomes, names });
  const changes = await ledgerChanges({ fleet, store: sums }, period);
  const { logs, gaps } = await reviewLogs({ store: sums, ledger, now }, period);
  return {
    format: 'biot-report-1',
    from: period.from,
    to: period.to,
    madeAt: now,
    madeBy,
    tenants: period.tenants === '*' ? '*' : [...period.tenants],
    deeds: deeds.slice(0, MOST_DEEDS),
    deedsCut: deeds.length > MOST_DEEDS,
    refusals: refusalsOf(outcomes),
    signIns: signIns.slice(0, MOST_SIGN_INS),
    signInsCut: signIns.length > MOST_SIGN_INS,
    devices: await entries(DEVICE_ACTIONS),
    deviceActions: doneOf(outcomes, DEVICE_ACTIONS),
    policies: await entries(POLICY_ACTIONS),
    firmware: await entries(FIRMWARE_ACTIONS),
    signedElsewhere: await entries(SIGNED_ELSEWHERE),
    ledger: changes,
    commands: await sums.commands(period),
    alerts: await sums.alerts(period),
    ...(await operationsIn({ sums, entries }, period)),
    logs,
    gaps: [...gaps, ...gapsOf(changes)],
    checks: checksOf(logs),
  };
}

function doneOf(
  outcomes: readonly SummedOutcome[],
  names: readonly string[],
): ComplianceReport['deviceActions'] {
  return names.flatMap((action) => {
    const number = sum(outcomes.filter((outcome) => outcome.action === action).map(({ done }) => done));
    return number === 0 ? [] : [{ action, number }];
  });
}

/** The most frequent first. */
function refusalsOf(outcomes: readonly SummedOutcome[]): ComplianceReport['refusals'] {
  const byCode = Map.groupBy(
    outcomes.filter(({ refused }) => refused > 0),
    ({ code }) => code,
  );
  return [...byCode]
    .map(([code, rows]) => ({
      code,
      number: sum(rows.map(({ refused }) => refused)),
      last: Math.max(...rows.map(({ last }) => last)),
    }))
    .sort((left, right) => right.number - left.number)
    .slice(0, MOST_CODES);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

async function entriesOf(
  trail: ReportParts['trail'],
  {
    tenants,
    from,
    to,
    outcomes,
    names,
  }: ReportPeriod & { outcomes: readonly SummedOutcome[]; names: readonly string[] },
): Promise<ReportedEntries> {
  const done = doneOf(outcomes, names);
  const found: StoredAuditEntry[] = [];
  // Each by itself: so they come off an index in their order.
  for (const { action } of done)
    found.push(
      ...(await trail.auditEntries({ tenants, from, to, action, outcome: 'done', limit: MOST_ENTRIES })),
    );
  return {
    total: sum(done.map(({ number }) => number)),
    newest: found.sort((left, right) => right.at - left.at || Number(right.id - left.id)).map(entryOf),
  };
}

function entryOf({
  id,
  at,
  actor,
  action,
  device,
  subject,
  details,
  transaction,
}: StoredAuditEntry): ReportedEntry {
  return { id: id.toString(), at, actor, action, device, subject, reason: reasonIn(details), transaction };
}

/** Why, or what it was: details are as somebody may have left them. */
function reasonIn(details: string): string | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(details);
  } catch {
    return details;
  }
  const fields: Record<string, unknown> = typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
  const said = ['reason', 'name', 'contract', 'method', 'to'].map((field) => fields[field]);
  return said.filter((value) => typeof value === 'string').join(' ') || null;
}

function gapsOf({ fresh, untoldTotal, lookedFor, lookedForCut }: ComplianceReport['ledger']): ReportGap[] {
  const gaps: ReportGap[] = [];
  if (!fresh)
    gaps.push({
      kind: 'unchecked',
      log: null,
      what: 'Our copy of the ledger’s devices is not up to date: the ledger is silent.',
    });
  if (lookedForCut)
    gaps.push({
      kind: 'unchecked',
      log: null,
      what:
        `Only the newest ${count(lookedFor)} transactions with changes of devices were looked for in the trail: ask for ` +
        'shorter periods to have all of them looked for.',
    });
  if (untoldTotal > 0)
    gaps.push({
      kind: 'untold',
      log: null,
      what:
        `The ledger has ${untoldTotal === 1 ? 'a transaction' : `${count(untoldTotal)} transactions`} with changes of devices ` +
        'that no entry of the trail names: they were not made through a gateway. The ledger has them under their authors’ ' +
        'signatures.',
    });
  return gaps;
}

function checksOf(logs: readonly ReportedLog[]): ComplianceReport['checks'] {
  return [
    {
      what: 'Everything: each row, entry, batch and log, against the auditor’s own peer',
      command: 'npm run verify -- --json',
    },
    { what: 'One entry of the audit trail', command: 'npm run verify -- --entry ID' },
    ...logs.map(({ logId }) => ({
      what: `The checkpoint of ${logId}, from a peer of one’s own`,
      command: `peer chaincode query -C anchors -n biot -c '${JSON.stringify({ function: 'AnchorContract:Checkpoint', Args: [logId] })}'`,
    })),
  ];
}

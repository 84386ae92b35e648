/** Changes of the policy on their way, and what becomes of them. */
import type { Context } from 'fabric-contract-api';

import { BiotError } from '../protocol/errors.ts';
import { requireExpiry } from '../protocol/onboarding/state.ts';
import {
  applyChange,
  idsOf,
  isAboutGovernance,
  needsApproval,
  type PolicyChange,
} from '../protocol/policy/change.ts';
import { isExpired, MAX_PROPOSAL_DAYS, USUAL_PROPOSAL_DAYS } from '../protocol/policy/expiry.ts';
import {
  type Proposal,
  proposalExpirySchema,
  proposalSchema,
  type RuleRecord,
} from '../protocol/policy/proposal.ts';
import type { Subject } from '../protocol/policy/request.ts';
import type { Rule } from '../protocol/policy/rule.ts';
import { RuleSet } from '../protocol/policy/rule-set.ts';
import { mayChange, maySee, maySeeRule, type Scope, scopeOf } from '../protocol/policy/tenancy.ts';
import { parseArgument } from './arguments.ts';
import { withAttributes } from './caller.ts';
import { Collection } from './collection.ts';
import { deedOf } from './deed.ts';
import { proposalInstant } from './proposal-instant.ts';
import { allRules, announce, recordsOf, writeChange } from './policy-records.ts';

/** By id, which is that of the transaction that made it. */
export const proposals = new Collection('proposal', proposalSchema);

/** A proposal that names no other tenants than the caller's. @throws BiotError NOT_FOUND */
export async function findProposal({ stub }: Context, id: string, { tenants }: Subject): Promise<Proposal> {
  const proposal = await proposals.get(stub, [id]);
  if (proposal === undefined || !maySee(tenants, proposal.scope))
    throw new BiotError('NOT_FOUND', `the ledger has no proposal ${id}`);
  return proposal;
}

const DAY_MS = 86_400_000;

/**
 * When a proposal that is made now expires. Like a code's, its time is the client's word (onboarding-codes.ts): a proposal
 * that must not be approved has to be rejected or withdrawn.
 *
 * @throws BiotError INVALID_ARGUMENT
 */
export function expiryFrom(ctx: Context, argument: string): string {
  const asked = parseArgument('expiresAt', proposalExpirySchema, argument);
  const now = Date.parse(proposalInstant(ctx));
  const expiresAt = asked === '' ? new Date(now + USUAL_PROPOSAL_DAYS * DAY_MS).toISOString() : asked;
  requireExpiry(expiresAt, { now, days: MAX_PROPOSAL_DAYS });
  // Of the last days of the year 9999 it would be no instant that can be read back.
  return parseArgument('expiresAt', proposalExpirySchema, expiresAt);
}

interface Draft {
  caller: Subject;
  change: PolicyChange;
  reason: string;
  expiresAt: string;
}

/**
 * @throws BiotError NOT_FOUND when a rule is to be removed that is not there, FORBIDDEN when rules are touched that
 *   concern others than the caller's tenants, or POLICY_LOCKOUT
 */
export async function makeProposal(
  ctx: Context,
  { caller, change, reason, expiresAt }: Draft,
): Promise<Proposal> {
  const before = await recordsOf(ctx.stub, idsOf(change));
  const rules = rulesOf(before);
  const missing = change.remove.find((id) => !isKnown(rules.get(id), caller));
  if (missing !== undefined) throw new BiotError('NOT_FOUND', `there is no rule ${missing} to remove`);
  const scope = scopeOf([...change.put, ...rules.values()]);
  requireScope(caller, scope);
  const waits = needsApproval(rules, change);
  const author = isAboutGovernance(rules, change) ? await stillProposing(ctx, change, caller) : caller;
  const { role, attributes = {} } = author;
  const deed = deedOf(ctx, author);
  const proposal: Proposal = {
    id: ctx.stub.getTxID(),
    change,
    reason,
    status: waits ? 'proposed' : 'applied',
    needsApproval: waits,
    expiresAt: waits ? expiresAt : null,
    scope,
    base: Object.fromEntries(idsOf(change).map((id) => [id, before.get(id)?.transaction ?? null])),
    proposed: { ...deed, role, attributes },
    decided: waits ? null : deed,
  };
  if (!waits) await write(ctx, change);
  await proposals.put(ctx.stub, [proposal.id], proposal);
  return proposal;
}

function rulesOf(records: ReadonlyMap<string, RuleRecord>): Map<string, Rule> {
  return new Map([...records].map(([id, { rule }]) => [id, rule]));
}

function isKnown(rule: Rule | undefined, { tenants }: Subject): boolean {
  return rule !== undefined && maySeeRule(tenants, rule);
}

/** What concerns the consortium, or a tenant, is not for the members of another tenant to decide. */
function requireScope({ name, tenants }: Subject, scope: Scope): void {
  if (mayChange(tenants, scope)) return;
  throw new BiotError(
    'FORBIDDEN',
    `${name} may change rules only that are limited to tenants of its certificate, old texts and new`,
  );
}

interface Decided {
  id: string;
  caller: Subject;
  status: 'applied' | 'rejected' | 'withdrawn';
}

/** @throws BiotError NOT_FOUND, TRANSITION_ILLEGAL, FORBIDDEN, PROPOSAL_EXPIRED, POLICY_CONFLICT or POLICY_LOCKOUT */
export async function decideProposal(ctx: Context, { id, caller, status }: Decided): Promise<Proposal> {
  const proposal = await findProposal(ctx, id, caller);
  requireScope(caller, proposal.scope);
  if (proposal.status !== 'proposed') {
    throw new BiotError('TRANSITION_ILLEGAL', `proposal ${id} is ${proposal.status} already`);
  }
  requireOrganisation(proposal, caller, status);
  if (status === 'applied') {
    requireInTime(ctx, proposal);
    await apply(ctx, proposal, caller);
  }
  const decided: Proposal = { ...proposal, status, decided: deedOf(ctx, caller) };
  await proposals.put(ctx.stub, [id], decided);
  return decided;
}

function requireInTime(ctx: Context, proposal: Proposal): void {
  if (!isExpired(proposal, Date.parse(proposalInstant(ctx)))) return;
  const { id, expiresAt } = proposal;
  throw new BiotError('PROPOSAL_EXPIRED', `proposal ${id} expired at ${expiresAt}: propose anew`);
}

/** Two eyes of one organisation see what that organisation wants: the second pair has to be another's. */
function requireOrganisation({ proposed }: Proposal, { org }: Subject, status: Decided['status']): void {
  const own = org === proposed.org;
  if (own === (status === 'withdrawn')) return;
  throw new BiotError(
    'FORBIDDEN',
    own
      ? `${org} proposed it: a member of another organisation has to decide`
      : `only ${proposed.org}, which proposed it, may withdraw it`,
  );
}

async function apply(ctx: Context, { change, base, proposed }: Proposal, approver: Subject): Promise<void> {
  const now = await recordsOf(ctx.stub, idsOf(change));
  const changed = idsOf(change).find((id) => (now.get(id)?.transaction ?? null) !== (base[id] ?? null));
  if (changed !== undefined) {
    throw new BiotError('POLICY_CONFLICT', `rule ${changed} has changed since: propose anew`);
  }
  if (isAboutGovernance(rulesOf(now), change)) {
    const after = await rulesAfter(ctx, change);
    refuseLockout(after, proposed, 'policy:propose');
    refuseLockout(after, withAttributes(ctx, approver, after), 'policy:approve');
    for (const decider of [proposed, withAttributes(ctx, approver, after)])
      refuseLockout(after, decider, 'policy:read');
  }
  await write(ctx, change);
}

async function rulesAfter({ stub }: Context, change: PolicyChange): Promise<RuleSet> {
  return new RuleSet(applyChange(await allRules(stub), change));
}

/** The author, with the attributes that the rules will ask for, once it is sure that it may still propose by them. */
async function stillProposing(ctx: Context, change: PolicyChange, caller: Subject): Promise<Subject> {
  const after = await rulesAfter(ctx, change);
  const author = withAttributes(ctx, caller, after);
  refuseLockout(after, author, 'policy:propose');
  return author;
}

/**
 * What two members of different organisations did, these two must be able to undo: one proposes, the other approves.
 * Otherwise it could come to rules that nobody can change ever again. Rights that depend on the hour do not count;
 * those on policies depend on no tenant.
 */
function refuseLockout(
  after: RuleSet,
  { org, name, role, attributes = {} }: Omit<Subject, 'tenants'>,
  action: 'policy:propose' | 'policy:approve' | 'policy:read',
): void {
  const subject = { org, name, role, attributes, tenants: [] };
  if (after.decide({ subject, action, resource: {} }).allowed) return;
  throw new BiotError('POLICY_LOCKOUT', `after it ${name} could not ${action} any more`);
}

async function write(ctx: Context, change: PolicyChange): Promise<void> {
  await writeChange(ctx, change);
  announce(ctx, change);
}

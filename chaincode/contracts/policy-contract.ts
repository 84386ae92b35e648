import { Context, Info, Returns, Transaction } from 'fabric-contract-api';
import { z } from 'zod';

import { reasonSchema, unknownDevice } from '../protocol/device.ts';
import { BiotError } from '../protocol/errors.ts';
import { deviceIdSchema, transactionIdSchema } from '../protocol/identifiers.ts';
import { actionSchema } from '../protocol/policy/actions.ts';
import {
  applyChange,
  MAX_CHANGE_LENGTH,
  type PolicyChange,
  policyChangeSchema,
} from '../protocol/policy/change.ts';
import { DEFAULT_RULES } from '../protocol/policy/default-rules.ts';
import { resourceOf } from '../protocol/policy/device-resource.ts';
import { differences, questionSchema } from '../protocol/policy/difference.ts';
import { explain } from '../protocol/policy/explain.ts';
import type { Proposal } from '../protocol/policy/proposal.ts';
import {
  type Request,
  type Resource,
  resourceSchema,
  type Subject,
  subjectSchema,
} from '../protocol/policy/request.ts';
import { byId } from '../protocol/policy/rule.ts';
import { RuleSet } from '../protocol/policy/rule-set.ts';
import { maySee, maySeeRule } from '../protocol/policy/tenancy.ts';
import { serves } from '../protocol/tenants.ts';
import { decimalSchema, parseArgument, parseJsonArgument } from './arguments.ts';
import { callerOf, circumstancesOf, requirePermission, withAttributes } from './caller.ts';
import { canonicalJson } from '../protocol/canonical-json.ts';
import { CodedContract } from './coded-contract.ts';
import { lookUp } from './device-records.ts';
import { allRules, announce, isWritten, rulesFor, writeChange } from './policy-records.ts';
import { decideProposal, expiryFrom, findProposal, makeProposal, proposals } from './proposal-records.ts';

const MAX_PAGE = 1000;
/** A dry run is work for a peer: as many questions as it answers in a second or so. */
const MAX_QUESTIONS = 5_000;

const askedResourceSchema = resourceSchema.extend({ device: deviceIdSchema.optional() });
const questionsSchema = z.array(questionSchema).min(1).max(MAX_QUESTIONS);
const pageSizeSchema = decimalSchema({ minimum: 1, maximum: MAX_PAGE });
const bookmarkSchema = z.union([z.literal(''), transactionIdSchema]);

/**
 * The rules of who may do what, changed by the members themselves: what may widen anybody's rights takes two
 * organisations. Each channel has its own rules. All results are JSON texts; shapes are in `protocol/policy/`.
 */
@Info({
  title: 'PolicyContract',
  description: 'Holds the rules of who may do what, decides by them, says why',
})
export class PolicyContract extends CodedContract {
  constructor() {
    super('PolicyContract');
  }

  /**
   * Gives a new channel the rules to begin with: -> Rule[]. Those are part of the contracts that the organisations have
   * approved, so any administrator may call it; where there are rules already, it changes nothing.
   */
  @Transaction()
  @Returns('string')
  async Initialise(ctx: Context): Promise<string> {
    if (callerOf(ctx).role !== 'admin')
      throw new BiotError('FORBIDDEN', 'an administrator begins the policy');
    if (await isWritten(ctx.stub)) return canonicalJson(await allRules(ctx.stub));
    const change = { put: [...DEFAULT_RULES], remove: [] };
    await writeChange(ctx, change);
    announce(ctx, change);
    return canonicalJson([...DEFAULT_RULES].sort(byId));
  }

  /**
   * (PolicyChange, reason, expiresAt) -> Proposal. A change that can but take rights away is applied at once; any other
   * waits for the approval of a member of another organisation until `expiresAt` (ISO 8601, at most 90 days ahead; empty:
   * 30 days).
   */
  @Transaction()
  @Returns('string')
  async Propose(ctx: Context, changeJson: string, reason: string, expiresAt: string): Promise<string> {
    const change = changeFrom(changeJson);
    const why = parseArgument('reason', reasonSchema, reason);
    const expiry = expiryFrom(ctx, expiresAt);
    const caller = await requirePermission(ctx, 'policy:propose');
    return canonicalJson(await makeProposal(ctx, { caller, change, reason: why, expiresAt: expiry }));
  }

  /** Approves a proposal of another organisation, which applies it: -> Proposal */
  @Transaction()
  @Returns('string')
  async Approve(ctx: Context, id: string): Promise<string> {
    const proposal = parseArgument('id', transactionIdSchema, id);
    const caller = await requirePermission(ctx, 'policy:approve');
    return canonicalJson(await decideProposal(ctx, { id: proposal, caller, status: 'applied' }));
  }

  /** Ends a proposal of another organisation: -> Proposal */
  @Transaction()
  @Returns('string')
  async Reject(ctx: Context, id: string): Promise<string> {
    const proposal = parseArgument('id', transactionIdSchema, id);
    const caller = await requirePermission(ctx, 'policy:approve');
    return canonicalJson(await decideProposal(ctx, { id: proposal, caller, status: 'rejected' }));
  }

  /** Ends a proposal of one's own organisation: -> Proposal */
  @Transaction()
  @Returns('string')
  async Withdraw(ctx: Context, id: string): Promise<string> {
    const proposal = parseArgument('id', transactionIdSchema, id);
    const caller = await requirePermission(ctx, 'policy:propose');
    return canonicalJson(await decideProposal(ctx, { id: proposal, caller, status: 'withdrawn' }));
  }

  /** -> Rule[], in the order of their ids: the consortium's, and those of the caller's tenants. */
  @Transaction(false)
  @Returns('string')
  async List(ctx: Context): Promise<string> {
    const { tenants } = await requirePermission(ctx, 'policy:read');
    return canonicalJson((await allRules(ctx.stub)).filter((rule) => maySeeRule(tenants, rule)));
  }

  /** -> Proposal */
  @Transaction(false)
  @Returns('string')
  async GetProposal(ctx: Context, id: string): Promise<string> {
    const proposal = parseArgument('id', transactionIdSchema, id);
    const caller = await requirePermission(ctx, 'policy:read');
    return canonicalJson(await findProposal(ctx, proposal, caller));
  }

  /** -> ProposalPage, ordered by id; `bookmark` as with `DeviceContract:List`. */
  @Transaction(false)
  @Returns('string')
  async ListProposals(ctx: Context, pageSize: string, bookmark: string): Promise<string> {
    const size = parseArgument('pageSize', pageSizeSchema, pageSize);
    const from = parseArgument('bookmark', bookmarkSchema, bookmark);
    const { tenants } = await requirePermission(ctx, 'policy:read');
    const wanted = ({ scope }: Proposal): boolean => maySee(tenants, scope);
    const { records, next } = await proposals.page(ctx.stub, [], { from, size, wanted });
    return canonicalJson({ proposals: records, bookmark: next });
  }

  /**
   * -> Decision on (Subject, action, Resource). An empty subject asks for the caller. What a device is, is the ledger's
   * to say: where a resource names one, all else about it is taken from its record.
   */
  @Transaction(false)
  @Returns('string')
  async Authorize(ctx: Context, subjectJson: string, action: string, resourceJson: string): Promise<string> {
    const { request, rules, unknown } = await asked(ctx, { subjectJson, action, resourceJson });
    if (unknown !== undefined) return canonicalJson({ allowed: false, rule: null, reason: unknown.message });
    return canonicalJson(rules.decide(request));
  }

  /** -> Explanation of what `Authorize` would answer: the rules that match, and those that came nearest. */
  @Transaction(false)
  @Returns('string')
  async Explain(ctx: Context, subjectJson: string, action: string, resourceJson: string): Promise<string> {
    const { caller, request, rules, unknown } = await asked(ctx, { subjectJson, action, resourceJson });
    if (unknown !== undefined) throw unknown;
    return canonicalJson(explain(rules, request, caller.tenants));
  }

  /**
   * (PolicyChange, Question[] (1 to 5,000)) -> PolicyDifference[]: what the change would answer otherwise, each question
   * at the instant that it names, or now.
   */
  @Transaction(false)
  @Returns('string')
  async DryRun(ctx: Context, changeJson: string, questionsJson: string): Promise<string> {
    const change = changeFrom(changeJson);
    const questions = parseJsonArgument('questions', questionsSchema, questionsJson);
    const caller = await requirePermission(ctx, 'policy:read');
    for (const { resource } of questions) refuseOthersQuestion(caller, resource);
    const rules = await allRules(ctx.stub);
    const sets = { before: new RuleSet(rules), after: new RuleSet(applyChange(rules, change)) };
    return canonicalJson(differences(sets, questions, circumstancesOf(ctx)));
  }
}

/** @throws BiotError INVALID_ARGUMENT */
function changeFrom(json: string): PolicyChange {
  if (json.length > MAX_CHANGE_LENGTH)
    throw new BiotError('INVALID_ARGUMENT', `change: more than ${MAX_CHANGE_LENGTH} characters`);
  return parseJsonArgument('change', policyChangeSchema, json);
}

interface Asked {
  subjectJson: string;
  action: string;
  resourceJson: string;
}

interface Answerable {
  caller: Subject;
  request: Request;
  /** Those for the action. */
  rules: RuleSet;
  /** That the caller's tenants have no such device. */
  unknown?: BiotError;
}

/** The question, with what the ledger knows of the device in it, and what the rules ask of the caller's certificate. */
async function asked(ctx: Context, { subjectJson, action, resourceJson }: Asked): Promise<Answerable> {
  const caller = await requirePermission(ctx, 'policy:read');
  const wanted = parseArgument('action', actionSchema, action);
  const rules = await rulesFor(ctx.stub, wanted);
  const named = parseJsonArgument('resource', askedResourceSchema, resourceJson);
  const resource = named.device === undefined ? named : await recorded(ctx, named.device, caller);
  if (subjectJson !== '' && resource !== undefined) refuseOthersQuestion(caller, resource);
  const subject =
    subjectJson === ''
      ? withAttributes(ctx, caller, rules)
      : parseJsonArgument('subject', subjectSchema, subjectJson);
  const request = {
    subject,
    action: wanted,
    resource: resource ?? named,
    circumstances: circumstancesOf(ctx),
  };
  if (resource !== undefined) return { caller, request, rules };
  return { caller, request, rules, unknown: unknownDevice(named.device ?? '') };
}

async function recorded({ stub }: Context, id: string, { tenants }: Subject): Promise<Resource | undefined> {
  const device = await lookUp(stub, id);
  return device && serves(tenants, device.tenant) ? resourceOf(device) : undefined;
}

/** What others may do with another tenant's things is told by that tenant's rules: they are nobody else's to hear. */
function refuseOthersQuestion({ tenants }: Subject, { tenant }: Resource): void {
  if (tenant === undefined || serves(tenants, tenant)) return;
  throw new BiotError('FORBIDDEN', 'a question is about a tenant that is none of yours');
}

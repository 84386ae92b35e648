import { z } from 'zod';
import type { Action } from '../../chaincode/protocol/policy/actions.ts';
import type { PolicyChange } from '../../chaincode/protocol/policy/change.ts';
import {
  type Difference,
  differenceSchema,
  type Question,
} from '../../chaincode/protocol/policy/difference.ts';
import { type Explanation, explanationSchema } from '../../chaincode/protocol/policy/explain.ts';
import {
  type Proposal,
  proposalPageSchema,
  proposalSchema,
} from '../../chaincode/protocol/policy/proposal.ts';
import {
  type Decision,
  decisionSchema,
  type Resource,
  type Subject,
} from '../../chaincode/protocol/policy/request.ts';
import { type Rule, ruleSchema } from '../../chaincode/protocol/policy/rule.ts';
import type { Channel } from '../home/organisations.ts';
import type { Committed, ContractClient, CorroboratingClient, LedgerCall } from './client.ts';
import { parseResult } from './contract-results.ts';

export type ProposalCommitted = Committed & { readonly proposal: Proposal };
export type ProposalPage = z.infer<typeof proposalPageSchema>;

/** The rules of one channel in the platform's words. Refusals bear the contract's codes; see LedgerError for the rest. */
export interface PolicyLedger {
  /** Gives a new channel the rules to begin with, by an administrator; changes nothing where there are rules already. */
  initialise(): Promise<Committed & { readonly rules: Rule[] }>;
  /**
   * What can but take rights away is applied at once. Any other change waits for a member of another organisation; the
   * proposal's status says which, and its `expiresAt` until when.
   *
   * @param expiresAt ISO 8601; the contract's usual time, if it is left out
   */
  propose(change: PolicyChange, reason: string, expiresAt?: string): Promise<ProposalCommitted>;
  /** Applies a proposal of another organisation. */
  approve(id: string): Promise<ProposalCommitted>;
  /** Ends a proposal of another organisation. */
  reject(id: string): Promise<ProposalCommitted>;
  /** Ends a proposal of the caller's own organisation. */
  withdraw(id: string): Promise<ProposalCommitted>;
  /** In the order of their ids. */
  rules(): Promise<Rule[]>;
  /** By the word of two organisations: who is about to approve it must not be shown what one peer makes of it. */
  proposal(id: string): Promise<Proposal>;
  /**
   * In the order of their ids, which is that of no time; by the word of two organisations, like a single one.
   *
   * @param bookmark empty for the first page, then that of the page before; empty again in the last page
   */
  proposals(pageSize: number, bookmark: string): Promise<ProposalPage>;
  /** @param subject undefined asks for the caller */
  authorize(subject: Subject | undefined, action: Action, resource: Resource): Promise<Decision>;
  /** Why `authorize` answers as it does. @param subject undefined asks for the caller */
  explain(subject: Subject | undefined, action: Action, resource: Resource): Promise<Explanation>;
  /** Which of 1 to 5,000 questions would be answered otherwise after the change, each at the instant that it names, or now. */
  dryRun(change: PolicyChange, questions: readonly Question[]): Promise<Difference[]>;
}

export function policyLedger(client: CorroboratingClient, channel: Channel): PolicyLedger {
  const call = (transaction: string, args: readonly string[]): LedgerCall => ({
    channel,
    contract: 'PolicyContract',
    transaction,
    args,
  });
  const change = async (transaction: string, ...args: string[]): Promise<ProposalCommitted> => {
    const { result, ...committed } = await client.submit(call(transaction, args));
    return { proposal: parseResult(proposalSchema, result), ...committed };
  };
  const ask = async <Schema extends z.ZodType>(
    schema: Schema,
    transaction: string,
    ...args: string[]
  ): Promise<z.output<Schema>> => parseResult(schema, await client.evaluate(call(transaction, args)));
  const confirm = async <Schema extends z.ZodType>(
    schema: Schema,
    transaction: string,
    ...args: string[]
  ): Promise<z.output<Schema>> => parseResult(schema, await client.corroborate(call(transaction, args)));
  return {
    async initialise() {
      const { result, ...committed } = await client.submit(call('Initialise', []));
      return { rules: parseResult(z.array(ruleSchema), result), ...committed };
    },
    propose: (proposed, reason, expiresAt = '') =>
      change('Propose', JSON.stringify(proposed), reason, expiresAt),
    approve: (id) => change('Approve', id),
    reject: (id) => change('Reject', id),
    withdraw: (id) => change('Withdraw', id),
    rules: () => readRules(client, channel),
    proposal: (id) => confirm(proposalSchema, 'GetProposal', id),
    proposals: (pageSize, bookmark) =>
      confirm(proposalPageSchema, 'ListProposals', String(pageSize), bookmark),
    authorize: (subject, action, resource) =>
      ask(decisionSchema, 'Authorize', subjectText(subject), action, JSON.stringify(resource)),
    explain: (subject, action, resource) =>
      ask(explanationSchema, 'Explain', subjectText(subject), action, JSON.stringify(resource)),
    dryRun: (proposed, questions) =>
      ask(z.array(differenceSchema), 'DryRun', JSON.stringify(proposed), JSON.stringify(questions)),
  };
}

/** The rules of a channel, in the order of their ids, as our own peer has them. */
export async function readRules(client: Pick<ContractClient, 'evaluate'>, channel: Channel): Promise<Rule[]> {
  const call = { channel, contract: 'PolicyContract', transaction: 'List', args: [] };
  return parseResult(z.array(ruleSchema), await client.evaluate(call));
}

/** To the contract, no text at all is its caller. */
function subjectText(subject: Subject | undefined): string {
  return subject === undefined ? '' : JSON.stringify(subject);
}

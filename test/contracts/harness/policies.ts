import type { ErrorCode } from '../../../chaincode/protocol/errors.ts';
import type { PolicyChange } from '../../../chaincode/protocol/policy/change.ts';
import { type Proposal, proposalSchema } from '../../../chaincode/protocol/policy/proposal.ts';
import { type Rule, ruleSchema } from '../../../chaincode/protocol/policy/rule.ts';
import { type Call, type Committed, TestChannel } from './channel.ts';
import { type Credentials, enrolRole } from './members.ts';

type Organisation = 'manufacturer' | 'operator' | 'auditor';

/** A rule that allows everybody to read devices, but for the fields that are given. */
export function rule(id: string, fields: object = {}): Rule {
  const plain = {
    effect: 'allow',
    description: 'of a test',
    who: {},
    actions: ['device:read'],
    what: {},
    when: {},
  };
  return ruleSchema.parse({ id, ...plain, ...fields });
}

/** A rule that keeps everybody from suspending devices: keeping services from reading them would take a second organisation. */
export function deny(id: string, fields: object = {}): Rule {
  return rule(id, { effect: 'deny', actions: ['device:suspend'], ...fields });
}

export function put(...rules: Rule[]): PolicyChange {
  return { put: rules, remove: [] };
}

export function remove(...ids: string[]): PolicyChange {
  return { put: [], remove: ids };
}

/** A channel with the rules to begin with, and the transactions of PolicyContract as the organisations' admins call them. */
export class Policies {
  readonly channel: TestChannel;

  constructor(channel: TestChannel) {
    this.channel = channel;
  }

  static async begin(): Promise<Policies> {
    return new Policies(await TestChannel.begin('registry'));
  }

  async call(by: Organisation, transaction: string, ...args: string[]): Promise<Committed> {
    return this.channel.submit(await enrolRole(by, 'admin'), `PolicyContract:${transaction}`, ...args);
  }

  async propose(by: Organisation, change: PolicyChange): Promise<Proposal> {
    return proposalSchema.parse(
      (await this.call(by, 'Propose', JSON.stringify(change), 'because', '')).result,
    );
  }

  async decide(
    by: Organisation,
    verb: 'Approve' | 'Reject' | 'Withdraw',
    { id }: Proposal,
  ): Promise<Proposal> {
    return proposalSchema.parse((await this.call(by, verb, id)).result);
  }

  /** Proposed by the operator's admin, and approved by the auditor's. */
  async agree(change: PolicyChange): Promise<Proposal> {
    const proposal = await this.propose('operator', change);
    return proposal.status === 'applied' ? proposal : this.decide('auditor', 'Approve', proposal);
  }

  async rules(): Promise<Rule[]> {
    return ruleSchema.array().parse(await this.evaluate('List'));
  }

  async evaluate(transaction: string, ...args: string[]): Promise<unknown> {
    return this.channel.evaluate(
      await enrolRole('auditor', 'admin'),
      `PolicyContract:${transaction}`,
      ...args,
    );
  }

  /** @returns the code that an admin's call is refused with */
  async refusal(by: Organisation, transaction: string, ...args: string[]): Promise<ErrorCode> {
    return this.refusalTo(await enrolRole(by, 'admin'), `PolicyContract:${transaction}`, ...args);
  }

  async refusedProposal(by: Organisation, change: unknown): Promise<ErrorCode> {
    return this.refusal(by, 'Propose', JSON.stringify(change), 'because', '');
  }

  async refusalTo(caller: Credentials, name: string, ...args: string[]): Promise<ErrorCode> {
    return (await this.channel.refusal(caller, name, ...args)).code;
  }

  async prepare(by: Organisation, transaction: string, ...args: string[]): Promise<Call> {
    return this.channel.prepare(await enrolRole(by, 'admin'), `PolicyContract:${transaction}`, ...args);
  }

  /** All are endorsed on the state as it is, then committed one after the other. @returns which of them were valid */
  async simultaneously(...calls: Call[]): Promise<boolean[]> {
    const endorsements = await Promise.all(calls.map((call) => this.channel.endorse(call)));
    return calls.map((call, index) => this.channel.commit(call, endorsements[index]!));
  }
}

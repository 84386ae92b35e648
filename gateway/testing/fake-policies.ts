/** The policy contract of the channel registry in memory, as one member sees it. */
import { randomBytes } from 'node:crypto';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { Action } from '../../chaincode/protocol/policy/actions.ts';
import { applyChange, idsOf, needsApproval } from '../../chaincode/protocol/policy/change.ts';
import { differences } from '../../chaincode/protocol/policy/difference.ts';
import { explain } from '../../chaincode/protocol/policy/explain.ts';
import { isExpired, USUAL_PROPOSAL_DAYS } from '../../chaincode/protocol/policy/expiry.ts';
import type { Deed, Proposal } from '../../chaincode/protocol/policy/proposal.ts';
import type { Resource, Subject } from '../../chaincode/protocol/policy/request.ts';
import { RuleSet } from '../../chaincode/protocol/policy/rule-set.ts';
import { mayChange, maySee, maySeeRule, scopeOf } from '../../chaincode/protocol/policy/tenancy.ts';
import { unknownDevice } from '../../chaincode/protocol/device.ts';
import { serves } from '../../chaincode/protocol/tenants.ts';
import type { PolicyLedger, ProposalCommitted } from '../../network/ledger/policies.ts';
import { resourceOf } from '../../chaincode/protocol/policy/device-resource.ts';
import type { FakeRegistry } from './fake-registry.ts';

const USUAL_MS = USUAL_PROPOSAL_DAYS * 86_400_000;

export function fakePolicies(registry: FakeRegistry, subject: Subject): PolicyLedger {
  const deed = (transaction: string): Deed => ({
    name: subject.name,
    org: subject.org,
    at: new Date(registry.now).toISOString(),
    transaction,
  });
  const commit = (proposal: Proposal, transaction: string): ProposalCommitted => {
    registry.proposals.set(proposal.id, proposal);
    if (proposal.status === 'applied') registry.rules = applyChange(registry.rules, proposal.change);
    registry.now += 1_000;
    return { proposal, transaction, block: 11 };
  };
  const find = (id: string): Proposal => {
    const proposal = registry.proposals.get(id);
    if (proposal === undefined || !maySee(subject.tenants, proposal.scope))
      throw new BiotError('NOT_FOUND', `the ledger has no proposal ${id}`);
    return proposal;
  };
  const decide = (status: 'applied' | 'rejected' | 'withdrawn', action: Action) => async (id: string) => {
    await registry.judge(subject, action, {});
    const proposal = find(id);
    if (proposal.status !== 'proposed')
      throw new BiotError('TRANSITION_ILLEGAL', `it is ${proposal.status} already`);
    if (status === 'applied' && isExpired(proposal, registry.now))
      throw new BiotError('PROPOSAL_EXPIRED', 'it has expired');
    if ((proposal.proposed.org === subject.org) !== (status === 'withdrawn')) {
      throw new BiotError('FORBIDDEN', 'a member of another organisation has to decide');
    }
    const transaction = newId();
    return commit({ ...proposal, status, decided: deed(transaction) }, transaction);
  };
  const read = async <Value>(value: () => Value): Promise<Value> => {
    await registry.judge(subject, 'policy:read', {});
    return value();
  };
  const recorded = (resource: Resource): Resource => {
    if (resource.device === undefined) return resource;
    const device = registry.device(resource.device);
    if (device === undefined || !serves(subject.tenants, device.tenant)) throw unknownDevice(resource.device);
    return resourceOf(device);
  };
  return {
    initialise: () => Promise.reject(new Error('not used by the gateway')),
    async propose(change, reason, expiresAt) {
      await registry.judge(subject, 'policy:propose', {});
      const id = newId();
      const replaced = registry.rules.filter(({ id: known }) => idsOf(change).includes(known));
      const scope = scopeOf([...change.put, ...replaced]);
      if (!mayChange(subject.tenants, scope)) throw new BiotError('FORBIDDEN', 'it concerns others');
      const waits = needsApproval(new Map(registry.rules.map((rule) => [rule.id, rule])), change);
      const proposed = deed(id);
      const status = waits ? 'proposed' : 'applied';
      const decided = waits ? null : proposed;
      const { role, attributes = {} } = subject;
      const author = { ...proposed, role, attributes };
      return commit(
        {
          ...{ id, change, reason, status, needsApproval: waits, scope, base: {}, proposed: author, decided },
          expiresAt: waits ? (expiresAt ?? new Date(registry.now + USUAL_MS).toISOString()) : null,
        },
        id,
      );
    },
    approve: decide('applied', 'policy:approve'),
    reject: decide('rejected', 'policy:approve'),
    withdraw: decide('withdrawn', 'policy:propose'),
    rules: () => read(() => registry.policy().rules.filter((rule) => maySeeRule(subject.tenants, rule))),
    proposal: (id) => read(() => find(id)),
    proposals: (pageSize, bookmark) =>
      read(() => {
        const all = [...registry.proposals.values()]
          .filter(({ scope }) => maySee(subject.tenants, scope))
          .sort((left, right) => (left.id < right.id ? -1 : 1));
        const rest = all.filter(({ id }) => id >= bookmark);
        return { proposals: rest.slice(0, pageSize), bookmark: rest[pageSize]?.id ?? '' };
      }),
    authorize: (asked, action, resource) =>
      read(() =>
        registry.policy().decide({ subject: asked ?? subject, action, resource: recorded(resource) }),
      ),
    explain: (asked, action, resource) =>
      read(() =>
        explain(
          registry.policy(),
          { subject: asked ?? subject, action, resource: recorded(resource) },
          subject.tenants,
        ),
      ),
    dryRun: (change, questions) =>
      read(() => {
        registry.questions = [...questions];
        const after = new RuleSet(applyChange(registry.rules, change));
        const now = { instant: registry.now, address: null };
        return differences({ before: registry.policy(), after }, questions, now);
      }),
  };
}

function newId(): string {
  return randomBytes(32).toString('hex');
}

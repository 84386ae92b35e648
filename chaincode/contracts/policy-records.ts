/**
 * The rules as the ledger's state holds them: each by its id, and again by action, in one record for all rules of that
 * action, so that a judgement reads one key however many rules there are. A transaction that was judged by rules that
 * change before it is committed is void (Fabric's check of what was read): no right outlives its withdrawal.
 */
import type { Context } from 'fabric-contract-api';
import { z } from 'zod';

import { BiotError } from '../protocol/errors.ts';
import { type Action, ACTIONS } from '../protocol/policy/actions.ts';
import { applyChange, idsOf, type PolicyChange } from '../protocol/policy/change.ts';
import { POLICY_EVENT, type RuleRecord, ruleRecordSchema } from '../protocol/policy/proposal.ts';
import { byId, type Rule, ruleSchema } from '../protocol/policy/rule.ts';
import { RuleSet } from '../protocol/policy/rule-set.ts';
import { canonicalJson } from '../protocol/canonical-json.ts';
import { Collection } from './collection.ts';

type Stub = Context['stub'];

export const ruleRecords = new Collection('rule', ruleRecordSchema);
const rulesByAction = new Collection('rules', z.array(ruleSchema));

/**
 * The rule sets made last, by the very bytes that they were made of. What a decision is depends on those bytes alone,
 * whether they were read a moment ago or before; only the reading of 1,000 rules is saved.
 */
const made = new Map<Action, { bytes: Uint8Array; ruleSet: RuleSet }>();

/** The rules for one action. */
export async function rulesFor(stub: Stub, action: Action): Promise<RuleSet> {
  const bytes = await stub.getState(rulesByAction.key(stub, [action]));
  const known = made.get(action);
  if (known !== undefined && Buffer.compare(known.bytes, bytes) === 0) return known.ruleSet;
  const ruleSet = new RuleSet(bytes.length === 0 ? [] : rulesByAction.decode(bytes));
  made.set(action, { bytes, ruleSet });
  return ruleSet;
}

/** All rules. */
export async function allRules(stub: Stub): Promise<Rule[]> {
  return (await ruleRecords.all(stub, [])).map(({ rule }) => rule);
}

/** The records of these rules, as far as there are any. */
export async function recordsOf(stub: Stub, ids: readonly string[]): Promise<Map<string, RuleRecord>> {
  const found = new Map<string, RuleRecord>();
  for (const id of ids) {
    const record = await ruleRecords.get(stub, [id]);
    if (record !== undefined) found.set(id, record);
  }
  return found;
}

/** Writes a change: the rules by their ids, and every action that the old or the new rules are about. */
export async function writeChange({ stub }: Context, change: PolicyChange): Promise<void> {
  const before = await recordsOf(stub, idsOf(change));
  const touched = new Set([...before.values()].flatMap(({ rule }) => rule.actions));
  for (const { actions } of change.put) for (const action of actions) touched.add(action);

  for (const id of change.remove) await ruleRecords.remove(stub, [id]);
  const transaction = stub.getTxID();
  for (const rule of change.put) await ruleRecords.put(stub, [rule.id], { rule, transaction });
  // In the order of the list: every endorser has to write the same.
  for (const action of ACTIONS.filter((candidate) => touched.has(candidate)))
    await writeAction(stub, action, change);
}

/**
 * Characters of all rules for one action. Rules that deny need nobody's approval: without a bound one organisation could
 * make them so many that no peer judges by them any more, and no copy of them can be made.
 */
const MOST_OF_ACTION = 1024 * 1024;

async function writeAction(stub: Stub, action: Action, change: PolicyChange): Promise<void> {
  const { rules } = await rulesFor(stub, action);
  const after = applyChange(rules, change).filter(({ actions }) => actions.includes(action));
  if (change.put.length > 0 && canonicalJson(after).length > MOST_OF_ACTION)
    throw new BiotError('INVALID_ARGUMENT', `there would be too many rules for ${action}: remove some first`);
  await rulesByAction.put(stub, [action], after.sort(byId));
}

export function isWritten(stub: Stub): Promise<boolean> {
  return ruleRecords.any(stub);
}

/** Tells the channel. A transaction has one event: it is the only one of a policy's change. */
export function announce({ stub }: Context, change: PolicyChange): void {
  stub.setEvent(POLICY_EVENT, Buffer.from(canonicalJson(change)));
}

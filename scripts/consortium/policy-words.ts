/** Says in plain text what the ledger answers about policies. */
import { isDeepStrictEqual } from 'node:util';

import { organisationName } from '../../chaincode/protocol/identifiers.ts';
import type { PolicyChange } from '../../chaincode/protocol/policy/change.ts';
import type { Explanation } from '../../chaincode/protocol/policy/explain.ts';
import type { Deed, Proposal } from '../../chaincode/protocol/policy/proposal.ts';
import type { Rule } from '../../chaincode/protocol/policy/rule.ts';
import { printableLine } from '../cli/printable.ts';

/** Some lines: what it would do, why, who made it, and who decided or has to. @param members names of organisations */
export function proposalText(proposal: Proposal, members: readonly string[]): string {
  const { id, change, reason, status, proposed } = proposal;
  return [
    `${id}  ${status}`,
    ...changeLines(change).map((line) => `  ${line}`),
    `  because: ${printableLine(reason)}`,
    `  proposed by ${deedText(proposed)}`,
    `  ${decisionText(proposal, members)}`,
  ].join('\n');
}

/** A rule in full: who approves by its name alone approves what somebody says that it does. */
function changeLines({ put, remove }: PolicyChange): string[] {
  return [
    ...put.map(({ id, effect, ...rule }) => `puts ${id} (${effect}): ${printableLine(JSON.stringify(rule))}`),
    ...remove.map((id) => `removes ${id}`),
  ];
}

function deedText({ name, at }: Deed): string {
  return `${name} at ${at}`;
}

function decisionText(proposal: Proposal, members: readonly string[]): string {
  const { status, needsApproval, decided } = proposal;
  if (decided === null) return missingApproval(proposal, members);
  if (!needsApproval) return 'applied at once: it can but take rights away';
  return `${status === 'applied' ? 'approved' : status} by ${deedText(decided)}`;
}

/** Who has to approve: a member of any organisation but the one that proposed it. @param members names of organisations */
export function missingApproval({ id, proposed }: Proposal, members: readonly string[]): string {
  const own = organisationName(proposed.org);
  const others = members.filter((name) => name !== own);
  const command = `policy.sh approve ${id} --as ORGANISATION`;
  return `missing: the approval of another organisation, ${others.join(' or ')} (${command})`;
}

/** A line for the decision, and one for each rule that was near it. */
export function explanationText({ allowed, reason, considered, rules }: Explanation): string {
  const lines = considered.map(({ rule, effect, matches, obstacles }) => {
    const verdict = effect === 'allow' ? 'allows it' : 'denies it';
    return `  ${rule} (${effect}) ${matches ? verdict : obstacles.join('; ')}`;
  });
  const hidden = rules - considered.length;
  const more = hidden > 0 ? [`  and ${hidden} more that are farther from it`] : [];
  return [`${allowed ? 'allowed' : 'refused'}: ${reason}`, ...lines, ...more].join('\n');
}

/** Whether the rules are as the change makes them. */
export function isMade({ put, remove }: PolicyChange, rules: readonly Rule[]): boolean {
  const byId = new Map(rules.map((rule) => [rule.id, rule]));
  return (
    put.every((rule) => isDeepStrictEqual(rule, byId.get(rule.id))) && !remove.some((id) => byId.has(id))
  );
}

/** The organisation's own proposal of this very change that still waits for approval. */
export function openProposal(
  proposals: readonly Proposal[],
  { change, organisation }: { change: PolicyChange; organisation: string },
): Proposal | undefined {
  return proposals.find(
    (proposal) =>
      proposal.status === 'proposed' &&
      organisationName(proposal.proposed.org) === organisation &&
      isDeepStrictEqual(proposal.change, change),
  );
}

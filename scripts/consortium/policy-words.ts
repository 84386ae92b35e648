/** Says in plain text what the ledger answers about policies. */
import { isDeepStrictEqual } from 'node:util';

import { organisationName } from '../../chaincode/protocol/identifiers.ts';
import type { PolicyChange } from '../../chaincode/protocol/policy/change.ts';
import type { Explanation } from '../../chaincode/protocol/policy/explain.ts';
import { isExpired } from '../../chaincode/protocol/policy/expiry.ts';
import type { Deed, Proposal } from '../../chaincode/protocol/policy/proposal.ts';
import type { Rule } from '../../chaincode/protocol/policy/rule.ts';
import { printableLine } from '../cli/printable.ts';

/** What the words depend on beside the ledger. */
export interface Present {
  /** Names of the organisations. */
  readonly members: readonly string[];
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
}

/** As the ledger has it, but for one that waited in vain. */
export function statusText(proposal: Proposal, now: number): string {
  return isExpired(proposal, now) ? 'expired' : proposal.status;
}

/** Some lines: what it would do, why, who made it, and who decided or has to. */
export function proposalText(proposal: Proposal, present: Present): string {
  const { id, change, reason, proposed } = proposal;
  return [
    `${id}  ${statusText(proposal, present.now)}`,
    ...changeLines(change).map((line) => `  ${line}`),
    `  because: ${printableLine(reason)}`,
    `  proposed by ${deedText(proposed)}`,
    `  ${decisionText(proposal, present)}`,
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

function decisionText(proposal: Proposal, { members, now }: Present): string {
  const { status, needsApproval, decided, expiresAt } = proposal;
  if (isExpired(proposal, now)) return `nobody approved it until ${expiresAt}: propose it anew`;
  if (decided === null) return missingApproval(proposal, members);
  if (!needsApproval) return 'applied at once: it can but take rights away';
  return `${status === 'applied' ? 'approved' : status} by ${deedText(decided)}`;
}

/** Who has to approve: a member of any organisation but the one that proposed it. @param members names of organisations */
export function missingApproval({ id, proposed, expiresAt }: Proposal, members: readonly string[]): string {
  const own = organisationName(proposed.org);
  const others = members.filter((name) => name !== own);
  const command = `policy.sh approve ${id} --as ORGANISATION`;
  const until = expiresAt === null ? '' : `, until ${expiresAt}`;
  return `missing: the approval of another organisation, ${others.join(' or ')}${until} (${command})`;
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
  { change, organisation, now }: { change: PolicyChange; organisation: string; now: number },
): Proposal | undefined {
  return proposals.find(
    (proposal) =>
      proposal.status === 'proposed' &&
      !isExpired(proposal, now) &&
      organisationName(proposal.proposed.org) === organisation &&
      isDeepStrictEqual(proposal.change, change),
  );
}

import type { ProposalVerb } from '../api/endpoints.ts';
import type { Action, Member, Proposal } from '../api/types.ts';
import { organisationName } from '../format/organisation.ts';

export interface ProposalVerbFacts {
  verb: ProposalVerb;
  label: string;
  /** What will happen, said before it does. */
  consequence: string;
  /** What has happened. */
  done: string;
}

const APPROVE: ProposalVerbFacts = {
  verb: 'approve',
  label: 'Approve',
  consequence:
    'The change takes effect at once, for everyone. Your approval stays on the ledger with your name.',
  done: 'Approved: the rules are changed.',
};
const REJECT: ProposalVerbFacts = {
  verb: 'reject',
  label: 'Reject',
  consequence:
    'The proposal ends and the rules stay as they are. Your refusal stays on the ledger with your name.',
  done: 'Rejected: the rules stay as they are.',
};
const WITHDRAW: ProposalVerbFacts = {
  verb: 'withdraw',
  label: 'Withdraw',
  consequence: 'The proposal ends and the rules stay as they are.',
  done: 'Withdrawn: the rules stay as they are.',
};

export interface ProposalChoice {
  verbs: readonly ProposalVerbFacts[];
  /** Why there is not more to do; empty when there is nothing to explain. */
  note: string;
}

/** What the member may do with a proposal, and if that is not to approve it, why. */
export function proposalChoice(
  proposal: Pick<Proposal, 'status' | 'proposed'>,
  member: Pick<Member, 'org'> | undefined,
  may: (action: Action) => boolean,
): ProposalChoice {
  if (proposal.status !== 'proposed' || member === undefined) return { verbs: [], note: '' };
  const org = organisationName(proposal.proposed.org);
  if (member.org === proposal.proposed.org) {
    const note = `${org}, your own organisation, proposed this. What may widen rights takes two organisations, so a member of another one has to approve it.`;
    return { verbs: may('policy:propose') ? [WITHDRAW] : [], note };
  }
  if (may('policy:approve')) return { verbs: [APPROVE, REJECT], note: '' };
  return { verbs: [], note: `Waits for somebody outside ${org} whom the rules let approve changes.` };
}

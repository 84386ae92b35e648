import type { Action, Member, Resource, Role } from '../api/types.ts';
import { ACTION_WORDS } from './words.ts';

export interface QuestionDraft {
  /** A member's name; empty for whoever asks, `other` for somebody of a role. */
  who: string;
  role: Role;
  org: string;
  action: Action;
  device: string;
}

export const OTHER = 'other';

export interface Question {
  subject?: Member;
  action: Action;
  resource: Resource;
}

/**
 * The question that a form asks. Without a device, actions on devices are asked about what the member's own
 * organisation owns; a log is the member's own.
 */
export function questionOf(draft: QuestionDraft, members: readonly Member[], self: Member): Question {
  const subject = subjectOf(draft, members, self);
  const { org, name } = subject ?? self;
  return {
    ...(subject === undefined ? {} : { subject }),
    action: draft.action,
    resource: resourceOf(draft, { org, name }),
  };
}

/** Somebody else is taken to serve the tenants of whoever asks. */
function subjectOf(
  { who, role, org }: QuestionDraft,
  members: readonly Member[],
  { tenants }: Member,
): Member | undefined {
  const known = members.find(({ name }) => name === who);
  if (known !== undefined)
    return { name: known.name, org: known.org, role: known.role, tenants: known.tenants };
  if (who !== OTHER) return undefined;
  return { name: `somebody@${org.replace(/MSP$/, '').toLowerCase()}`, role, org, tenants };
}

function resourceOf(
  { action, device }: QuestionDraft,
  { org, name }: Pick<Member, 'org' | 'name'>,
): Resource {
  if (action === 'anchor:append') return { log: name };
  if (!ACTION_WORDS[action].onDevices) return {};
  return device.trim() === '' ? { org } : { device: device.trim() };
}

import type { Role, Rule } from '../api/types.ts';
import { organisationName } from '../format/organisation.ts';
import { actionsPhrase, listed, ROLE_WORDS } from './words.ts';

export interface RuleSentence {
  /** "Administrators of Operator" */
  who: string;
  /** "may" or "may not" */
  may: string;
  /** "register and activate devices of their own organisation" */
  what: string;
  /** "from the network 10.0.0.0/8"; empty when there is no condition. */
  when: string;
}

/** What a rule says, for people. What it does not state is not said: it matches everything. */
export function ruleSentence(rule: Rule): RuleSentence {
  return {
    who: rule.who.members === undefined ? capital(whoPhrase(rule)) : whoPhrase(rule),
    may: rule.effect === 'allow' ? 'may' : 'may not',
    what: whatPhrase(rule),
    when: whenPhrase(rule),
  };
}

export function sentenceText({ who, may, what, when }: RuleSentence): string {
  return `${[who, may, what, when].filter((part) => part !== '').join(' ')}.`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function whoPhrase({ who: { roles, organisations, members, attributes = {} } }: Rule): string {
  const base = members === undefined ? roleNames(roles, 'everyone') : listed(members);
  const role = members === undefined || roles === undefined ? '' : `as ${roleNames(roles, '')}`;
  const of = organisations === undefined ? '' : `of ${listed(organisations.map(organisationName), 'or')}`;
  const attribute = Object.entries(attributes).map(([name, value]) => `${name}=${value}`);
  const having = attribute.length === 0 ? '' : `whose certificate has ${listed(attribute)}`;
  return [base, role, of, having].filter((part) => part !== '').join(' ');
}

function roleNames(roles: readonly Role[] | undefined, none: string): string {
  return roles === undefined ? none : listed(roles.map((role) => ROLE_WORDS[role].many));
}

function whatPhrase({ actions, what, when }: Rule): string {
  const { own, devices, types, groups, tenants } = what;
  const narrowed = [
    devices === undefined ? '' : `named ${listed(devices, 'or')}`,
    types === undefined ? '' : `of type ${listed(types, 'or')}`,
    groups === undefined ? '' : `in group ${listed(groups, 'or')}`,
    tenants === undefined ? '' : `of tenant ${listed(tenants, 'or')}`,
    own === 'organisation' ? 'of their own organisation' : '',
    when.statuses === undefined ? '' : `while ${listed(when.statuses, 'or')}`,
    when.firmwareAtLeast === undefined ? '' : `with firmware ${when.firmwareAtLeast} or newer`,
  ].filter((part) => part !== '');
  const suffix = narrowed.map((part) => ` ${part}`).join('');
  return `${actionsPhrase(actions, suffix)}${own === 'log' ? ' to the log that bears their name' : ''}`;
}

function whenPhrase({ when: { from, until, daily, networks } }: Rule): string {
  return [
    networks === undefined ? '' : `from the network ${listed(networks, 'or')}`,
    daily === undefined ? '' : `between ${daily.from} and ${daily.to} UTC each day`,
    from === undefined ? '' : `from ${utc(from)} on`,
    until === undefined ? '' : `until ${utc(until)}`,
  ]
    .filter((part) => part !== '')
    .join(', ');
}

/** 2026-01-31T08:00:00Z -> 2026-01-31 08:00 UTC: the clock that the ledger goes by. */
export function utc(instant: string | number): string {
  return `${new Date(instant).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

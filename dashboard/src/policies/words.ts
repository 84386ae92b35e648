/** The words of a policy as people say them. */
import type { Action, Resource, Role } from '../api/types.ts';
import { formatCount } from '../format/number.ts';

export const ROLE_WORDS: Readonly<Record<Role, { one: string; many: string }>> = {
  admin: { one: 'administrator', many: 'administrators' },
  operator: { one: 'operator', many: 'operators' },
  auditor: { one: 'auditor', many: 'auditors' },
  gateway: { one: 'gateway', many: 'gateways' },
  ingest: { one: 'ingest worker', many: 'ingest workers' },
  guard: { one: 'guard of a broker', many: 'guards of brokers' },
};

interface ActionWords {
  /** What is done, and to what: "register" and "devices". */
  verb: string;
  object: string;
  /** Whether a rule about certain devices narrows it. */
  onDevices: boolean;
}

function onDevices(verb: string, object = 'devices'): ActionWords {
  return { verb, object, onDevices: true };
}

function onNothing(verb: string, object: string): ActionWords {
  return { verb, object, onDevices: false };
}

export const ACTION_WORDS: Readonly<Record<Action, ActionWords>> = {
  'device:register': onDevices('register'),
  'device:activate': onDevices('activate'),
  'device:suspend': onDevices('suspend'),
  'device:revoke': onDevices('revoke'),
  'device:rotate-key': onDevices('change the key of'),
  'device:reprovision': onDevices('provision anew'),
  'device:label': onDevices('label'),
  'device:transfer': onDevices('hand over'),
  'device:accept': onDevices('accept'),
  'device:read': onDevices('see'),
  'type:put': onNothing('put', 'types of devices'),
  'type:read': onNothing('see', 'types of devices'),
  'claim:create': onDevices('make', 'claim codes for devices'),
  'claim:withdraw': onDevices('withdraw', 'claim codes for devices'),
  'claim:redeem': onDevices('redeem', 'claim codes for devices'),
  'claim:read': onDevices('see', 'claim codes'),
  'voucher:create': onDevices('make', 'vouchers for devices'),
  'voucher:withdraw': onDevices('withdraw', 'vouchers for devices'),
  'voucher:redeem': onDevices('redeem', 'vouchers for devices'),
  'voucher:read': onDevices('see', 'vouchers'),
  'telemetry:read': onDevices('see', 'telemetry'),
  'command:define': onNothing('define', 'commands'),
  'command:send': onDevices('send', 'commands to devices'),
  'command:approve': onDevices('approve', 'commands to devices'),
  'command:cancel': onDevices('cancel', 'commands to devices'),
  'command:read': onDevices('see', 'commands'),
  'alert:read': onDevices('see', 'alerts'),
  'alert:handle': onDevices('handle', 'alerts of devices'),
  'alert-rule:put': onNothing('put', 'rules of alerts'),
  'alert-rule:read': onNothing('see', 'rules of alerts'),
  'firmware:read': onNothing('see', 'firmware'),
  'firmware:publish': onNothing('publish', 'firmware'),
  'firmware:approve': onNothing('approve', 'firmware'),
  'firmware:vendor-key': onNothing('register', 'keys that sign firmware'),
  'rollout:read': onNothing('see', 'rollouts of firmware'),
  'rollout:create': onDevices('start', 'rollouts to devices'),
  'rollout:approve': onDevices('approve', 'rollouts to devices'),
  'rollout:control': onDevices('stop', 'rollouts to devices'),
  'twin:read': onDevices('see', 'twins of devices'),
  'twin:write': onDevices('change', 'twins of devices'),
  'notification:read': onNothing('see', 'notifications'),
  'notification:put': onNothing('put', 'notifications'),
  'stream:read': onNothing('see', 'streams'),
  'stream:put': onNothing('put', 'streams'),
  'anchor:read': onNothing('see', 'anchors'),
  'anchor:append': onNothing('append', 'anchors'),
  'policy:read': onNothing('see', 'policies'),
  'policy:propose': onNothing('propose', 'changes of the policies'),
  'policy:approve': onNothing('approve', 'changes of the policies'),
  'audit:read': onNothing('see', 'the audit trail'),
  'report:read': onNothing('see', 'compliance reports'),
  'member:read': onNothing('see', 'members'),
};

/** "a, b and c". */
export function listed(items: readonly string[], last: 'and' | 'or' = 'and'): string {
  if (items.length < 2) return items[0] ?? '';
  return `${items.slice(0, -1).join(', ')} ${last} ${items.at(-1) ?? ''}`;
}

/** "register devices", for one action in a list. */
export function actionLabel(action: Action): string {
  const { verb, object } = ACTION_WORDS[action];
  return `${verb} ${object}`;
}

/** Actions in one phrase: those of the same object share it, and so do those of the same verb. */
export function actionsPhrase(actions: readonly Action[], devices = ''): string {
  return listed(actionPhrases(actions, devices));
}

/** The parts of that phrase: "register and label devices", "see anchors". */
export function actionPhrases(actions: readonly Action[], devices = ''): string[] {
  const words = actions.map((action) => ACTION_WORDS[action]);
  const byObject = Map.groupBy(words, ({ object, verb }) => (verb === 'see' ? 'see' : object));
  return [...byObject].map(([key, group]) => {
    const narrowed = group.some((word) => word.onDevices) ? devices : '';
    if (key === 'see') return `see ${listed(group.map(({ object }) => object))}${narrowed}`;
    return `${listed(group.map(({ verb }) => verb))} ${key}${narrowed}`;
  });
}

/** As many as people read. */
const MOST_KINDS = 5;

/**
 * Kinds of devices, a line each: "press, oven · of acme · owned by Operator · active · in hall-1". Only kinds that share
 * all else share a line: lists of values side by side would name kinds that are not among them.
 */
export function kindLines(kinds: readonly Resource[]): string[] {
  const alike = [...Map.groupBy(kinds, sharedPhrase)];
  const lines = alike.slice(0, MOST_KINDS).map(([shared, group]) => {
    const named = new Set(group.flatMap(({ device, type }) => device ?? type ?? []));
    return [listed([...named]), shared].filter((part) => part !== '').join(' · ');
  });
  const more = alike.slice(MOST_KINDS).reduce((count, [, group]) => count + group.length, 0);
  return more === 0 ? lines : [...lines, `and ${formatCount(more)} more`];
}

function sharedPhrase({ tenant, org, status, groups = [] }: Resource): string {
  return [
    prefixed('of ', tenant),
    prefixed('owned by ', org?.replace(/MSP$/, '')),
    status ?? '',
    prefixed('in ', listed([...groups].sort())),
  ]
    .filter((part) => part !== '')
    .join(' · ');
}

function prefixed(prefix: string, value = ''): string {
  return value === '' ? '' : `${prefix}${value}`;
}

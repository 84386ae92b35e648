import type { DeviceStatus } from '../../../chaincode/protocol/device.ts';
import type { Action } from '../../../chaincode/protocol/policy/actions.ts';
import { DEFAULT_RULES } from '../../../chaincode/protocol/policy/default-rules.ts';
import type { Request, Resource, Subject } from '../../../chaincode/protocol/policy/request.ts';
import { type Rule, ruleSchema } from '../../../chaincode/protocol/policy/rule.ts';

const TENANTS = 20;
const TYPES = 40;
const GROUPS = 400;
const MEMBERS = 200;
const ORGANISATIONS = ['manufacturer', 'operator', 'auditor'] as const;
const PEOPLE = ['admin', 'operator', 'auditor'] as const;
const SERVICES = ['gateway', 'ingest', 'guard'] as const;
const PEOPLES_ACTIONS: readonly Action[] = [
  'device:read',
  'telemetry:read',
  'device:suspend',
  'device:revoke',
  'audit:read',
];
const STATUSES: readonly DeviceStatus[] = ['active', 'active', 'active', 'suspended', 'registered'];
/** A working day: some rules hold, some do not. */
const INSTANT = Date.parse('2026-03-02T10:00:00Z');

/** Pseudo-random numbers (mulberry32), so that every run asks and is asked the same. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

function pick<T>(values: readonly [T, ...T[]] | readonly T[], next: (below: number) => number): T {
  const value = values[next(values.length)];
  if (value === undefined) throw new RangeError('nothing to pick from');
  return value;
}

function memberName(number: number): string {
  return `member-${number}@${ORGANISATIONS[number % ORGANISATIONS.length] ?? ''}`;
}

type Fields = Pick<Rule, 'effect' | 'who' | 'actions' | 'what' | 'when'>;

/** The kinds of rules that members of a consortium write, from the most to the least common. */
const KINDS: readonly ((next: (below: number) => number, devices: number) => Fields)[] = [
  (next, devices) => ({
    effect: 'deny',
    who: {},
    actions: ['device:activate', 'telemetry:read'],
    what: { devices: [deviceName(next(devices))] },
    when: {},
  }),
  (next) => ({
    effect: 'allow',
    who: { roles: ['operator'], organisations: ['OperatorMSP'] },
    actions: ['device:read', 'device:suspend', 'telemetry:read'],
    what: {
      groups: [groupName(next(GROUPS)), groupName(next(GROUPS))].filter(
        (name, at, all) => all.indexOf(name) === at,
      ),
    },
    when: next(4) === 0 ? { daily: { from: '06:00', to: '22:00' } } : {},
  }),
  (next) => ({
    effect: 'allow',
    who: { members: [memberName(next(MEMBERS))] },
    actions: ['device:suspend', 'device:revoke', 'audit:read'],
    what: { tenants: [tenantName(next(TENANTS))] },
    when: next(4) === 0 ? { networks: ['10.0.0.0/8', 'fd00::/8'] } : {},
  }),
  (next) => ({
    effect: next(4) === 0 ? 'deny' : 'allow',
    who: { roles: [pick(PEOPLE, next)] },
    actions: ['device:read', 'telemetry:read', 'device:suspend'],
    what: { types: [typeName(next(TYPES))], tenants: [tenantName(next(TENANTS))] },
    when: { statuses: ['active', 'suspended'] },
  }),
  (next) => ({
    effect: 'allow',
    who: { members: [memberName(next(MEMBERS))], attributes: { 'biot.site': `site-${next(10)}` } },
    actions: ['device:suspend'],
    what: { devices: Array.from({ length: 10 }, (_, index) => `press-${next(100)}-${index}`) },
    when: { until: '2027-01-01T00:00:00Z' },
  }),
];

export function deviceName(number: number): string {
  return `device-${number}`;
}

function groupName(number: number): string {
  return `group-${number}`;
}

function tenantName(number: number): string {
  return `tenant-${number}`;
}

function typeName(number: number): string {
  return `type-${number}`;
}

/** `count` rules, the ones that a consortium begins with among them as far as there is room. */
export function realisticRules(count: number, devices: number): Rule[] {
  const next = numbers(count);
  const written = Array.from({ length: Math.max(0, count - DEFAULT_RULES.length) }, (_, index) =>
    ruleSchema.parse({
      id: `rule-${index}`,
      description: 'of the bench',
      ...pick(KINDS, next)(next, devices),
    }),
  );
  return [...DEFAULT_RULES, ...written].slice(0, count);
}

/** What is known of a fleet. */
export function fleetOf(devices: number): Resource[] {
  const next = numbers(devices);
  return Array.from({ length: devices }, (_, number) => ({
    device: deviceName(number),
    org: `${pick(['Manufacturer', 'Operator'], next)}MSP`,
    tenant: tenantName(next(TENANTS)),
    type: typeName(next(TYPES)),
    groups: [groupName(next(GROUPS)), groupName(next(GROUPS))],
    status: pick(STATUSES, next),
  }));
}

/** Questions about devices: three of four by people, of which some come from outside; the others by services. */
export function questionsAbout(fleet: readonly Resource[], count: number): Request[] {
  const next = numbers(count);
  return Array.from({ length: count }, () =>
    next(4) === 0 ? ofService(fleet, next) : ofPerson(fleet, next),
  );
}

function ofPerson(fleet: readonly Resource[], next: (below: number) => number): Request {
  const number = next(MEMBERS);
  const address = `${pick(['10', '192'], next)}.0.2.${next(256)}`;
  return {
    subject: subjectOf(memberName(number), pick(PEOPLE, next), { 'biot.site': `site-${next(10)}` }),
    action: pick(PEOPLES_ACTIONS, next),
    resource: pick(fleet, next),
    circumstances: { instant: INSTANT, address },
  };
}

function ofService(fleet: readonly Resource[], next: (below: number) => number): Request {
  const role = pick(SERVICES, next);
  const name = `${role}-${next(4)}@operator`;
  const log = { log: pick([name, 'ingest-1@operator'], next) };
  return {
    subject: subjectOf(name, role, {}),
    action: role === 'ingest' ? pick(['device:read', 'anchor:append'], next) : 'device:read',
    resource: next(2) === 0 ? log : pick(fleet, next),
    circumstances: { instant: INSTANT, address: '10.0.0.1' },
  };
}

function subjectOf(name: string, role: Subject['role'], attributes: Record<string, string>): Subject {
  const organisation = name.slice(name.indexOf('@') + 1);
  const org = `${organisation.charAt(0).toUpperCase()}${organisation.slice(1)}MSP`;
  return { org, name, role, tenants: '*', attributes };
}

/**
 * Whether one rule matches a request, and if not, what stands in the way.
 *
 * A resource has the fields that it has: a rule about one device is not about a log. But who is asked about a
 * circumstance, a certificate's attribute or a device's state and does not know it, does not say yes for that: what is
 * unknown keeps a rule that allows from matching, and one that denies from being passed by.
 */
import { networkTest } from './network.ts';
import type { Request, Resource, Subject } from './request.ts';
import type { Rule } from './rule.ts';
import { isAtLeast } from './version.ts';

/** One thing that a rule states, made ready to be asked of many requests. */
export interface Requirement {
  readonly holds: (request: Request) => boolean;
  /** Why it does not hold, as the end of a sentence that begins with the rule: "… applies to …". */
  readonly obstacle: (request: Request) => string;
}

type Statement = (rule: Rule) => readonly Requirement[];

const NOTHING: readonly Requirement[] = [];

function requirement(holds: Requirement['holds'], obstacle: string): readonly Requirement[] {
  return [{ holds, obstacle: () => obstacle }];
}

function oneOf(
  values: readonly string[] | undefined,
  what: string,
  valueOf: (request: Request) => string | undefined,
): readonly Requirement[] {
  if (values === undefined) return NOTHING;
  const obstacle = `applies to ${what} ${values.join(', ')} only`;
  const [only, ...more] = values;
  if (more.length === 0) return requirement((request) => valueOf(request) === only, obstacle);
  const wanted: ReadonlySet<string | undefined> = new Set(values);
  return requirement((request) => wanted.has(valueOf(request)), obstacle);
}

const roles: Statement = ({ who }) => oneOf(who.roles, 'role', ({ subject }) => subject.role);
const organisations: Statement = ({ who }) =>
  oneOf(who.organisations, 'organisation', ({ subject }) => subject.org);
const members: Statement = ({ who }) => oneOf(who.members, 'member', ({ subject }) => subject.name);

const attributes: Statement = ({ effect, who }) => {
  const wanted = Object.entries(who.attributes ?? {});
  if (wanted.length === 0) return NOTHING;
  const stated = wanted.map(([name, value]) => `${name}=${value}`).join(', ');
  return requirement(
    ({ subject }) =>
      subject.attributes === undefined
        ? effect === 'deny'
        : wanted.every(([name, value]) => attributeOf(subject, name) === value),
    `applies to members whose certificate has ${stated}`,
  );
};

function attributeOf({ attributes: own = {} }: Subject, name: string): string | undefined {
  return Object.hasOwn(own, name) ? own[name] : undefined;
}

const own: Statement = ({ what }) => {
  if (what.own === 'organisation') {
    return [
      {
        holds: ({ subject, resource }) => resource.org === subject.org,
        obstacle: ({ subject }) => `applies to what ${subject.org} owns only`,
      },
    ];
  }
  if (what.own === undefined) return NOTHING;
  return [
    {
      holds: ({ subject, resource }) => resource.log === subject.name,
      obstacle: ({ subject }) => `applies to the log ${subject.name} only`,
    },
  ];
};

const devices: Statement = ({ what }) => oneOf(what.devices, 'device', ({ resource }) => resource.device);
const types: Statement = ({ what }) => oneOf(what.types, 'device type', ({ resource }) => resource.type);
const tenants: Statement = ({ what }) => oneOf(what.tenants, 'tenant', ({ resource }) => resource.tenant);

const groups: Statement = ({ what }) => {
  if (what.groups === undefined) return NOTHING;
  const wanted = new Set(what.groups);
  return requirement(
    ({ resource }) => resource.groups?.some((group) => wanted.has(group)) === true,
    `applies to group ${what.groups.join(', ')} only`,
  );
};

/** Whether a denying rule has to reckon with what is not said of this resource: a device has a status and firmware. */
function isFeared(effect: Rule['effect'], { device }: Resource): boolean {
  return effect === 'deny' && device !== undefined;
}

const statuses: Statement = ({ effect, when }) => {
  if (when.statuses === undefined) return NOTHING;
  const wanted = new Set(when.statuses);
  return requirement(
    ({ resource }) =>
      resource.status === undefined ? isFeared(effect, resource) : wanted.has(resource.status),
    `applies to devices that are ${when.statuses.join(' or ')} only`,
  );
};

const firmware: Statement = ({ effect, when: { firmwareAtLeast: least } }) => {
  if (least === undefined) return NOTHING;
  return requirement(
    ({ resource }) =>
      resource.firmware === undefined ? isFeared(effect, resource) : isAtLeast(resource.firmware, least),
    `applies to firmware ${least} or newer only`,
  );
};

/** An instant that nobody gave, or that is none, is unknown. */
function atInstant(effect: Rule['effect'], holds: (instant: number) => boolean): Requirement['holds'] {
  return ({ circumstances }) => {
    const instant = circumstances?.instant;
    return instant === undefined || !Number.isFinite(instant) ? effect === 'deny' : holds(instant);
  };
}

const from: Statement = ({ effect, when }) => {
  if (when.from === undefined) return NOTHING;
  const first = Date.parse(when.from);
  return requirement(
    atInstant(effect, (instant) => instant >= first),
    `applies from ${when.from} on`,
  );
};

const until: Statement = ({ effect, when }) => {
  if (when.until === undefined) return NOTHING;
  const end = Date.parse(when.until);
  return requirement(
    atInstant(effect, (instant) => instant < end),
    `applied until ${when.until}`,
  );
};

const MINUTE_MS = 60_000;
export const DAY_MS = 24 * 60 * MINUTE_MS;

/** Milliseconds since midnight. */
export function timeOfDay(text: string): number {
  const [hours = 0, minutes = 0] = text.split(':').map(Number);
  return (hours * 60 + minutes) * MINUTE_MS;
}

const daily: Statement = ({ effect, when }) => {
  if (when.daily === undefined) return NOTHING;
  const begin = timeOfDay(when.daily.from);
  const end = timeOfDay(when.daily.to);
  return requirement(
    atInstant(effect, (instant) => {
      const now = ((instant % DAY_MS) + DAY_MS) % DAY_MS;
      return begin < end ? now >= begin && now < end : now >= begin || now < end;
    }),
    `applies between ${when.daily.from} and ${when.daily.to} UTC only`,
  );
};

/**
 * A peer cannot see where its caller is: there (address null), networks neither keep an allowing rule from matching,
 * nor let a denying one match. They are judged where the connection ends, by the gateway.
 */
const networks: Statement = ({ effect, when }) => {
  if (when.networks === undefined) return NOTHING;
  const test = networkTest(when.networks);
  return requirement(
    ({ circumstances }) => {
      const address = circumstances?.address;
      if (address === null) return effect === 'allow';
      return (address === undefined ? undefined : test(address)) ?? effect === 'deny';
    },
    `applies from network ${when.networks.join(', ')} only`,
  );
};

/** Those first that keep most rules from matching that an index finds by role and by type or device. */
const STATEMENTS: readonly Statement[] = [
  ...[tenants, types, groups, devices, own],
  ...[organisations, members, roles, attributes],
  ...[statuses, firmware, from, until, daily, networks],
];

/** What a rule states besides its actions. It matches a request for one of those when all of it holds. */
export function requirementsOf(rule: Rule): Requirement[] {
  return STATEMENTS.flatMap((statement) => statement(rule));
}

/** Everything that keeps a rule from matching. */
export function obstacles(rule: Rule, request: Request): string[] {
  const { actions } = rule;
  const about = actions.includes(request.action) ? [] : [`applies to ${actions.join(', ')} only`];
  const others = requirementsOf(rule).filter(({ holds }) => !holds(request));
  return [...about, ...others.map(({ obstacle }) => obstacle(request))];
}

/** Rules and requests of few words, so that they meet often. */
import fc from 'fast-check';

import { DEVICE_STATUSES } from '../device.ts';
import { ACTIONS, ROLES } from '../policy/actions.ts';
import { type PolicyChange, policyChangeSchema } from '../policy/change.ts';
import { type Circumstances, type Request, resourceSchema, subjectSchema } from '../policy/request.ts';
import { type Rule, ruleSchema } from '../policy/rule.ts';

const ORGANISATIONS = ['ManufacturerMSP', 'OperatorMSP'];
const MEMBERS = ['admin@manufacturer', 'admin@operator', 'ingest-1@operator'];
const DEVICES = ['press-1', 'press-2', 'press-3'];
const TYPES = ['lathe', 'press'];
const GROUPS = ['hall-1', 'hall-2', 'hall-3'];
const TENANTS = ['acme', 'umbrella'];
const VERSIONS = ['1.9.0', '1.10.0', '2.0.0'];
const NETWORKS = ['10.0.0.0/8', '10.1.0.0/16', 'fd00::/8'];
const ADDRESSES = ['10.1.2.3', '::ffff:10.2.0.1', '192.0.2.1', 'fd00::1', 'elsewhere', null];
const BEGINNINGS = ['2025-12-31T23:59:59.999Z', '2026-01-01T00:00:00Z'];
const ENDS = ['2026-01-02T06:30:00Z', '2027-01-01T12:00:00Z'];
const SITES = ['berlin', 'lyon'];
const TIMES = [
  { from: '06:30', to: '22:00' },
  { from: '22:00', to: '06:30' },
];
/** Few of all, so that a rule has a good chance to be about the action that is asked for. */
const SOME_ACTIONS = ACTIONS.filter((action) =>
  /^(?:device:(?:read|revoke)|policy:\w+|anchor:append)$/.test(action),
);

/** An object with some of the fields: each is left out `absent` times for each time that it is there. */
function some(absent: number, all: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<object> {
  const drawn = Object.entries(all).map(([name, arbitrary]) =>
    fc.oneof(
      { weight: absent, arbitrary: fc.constant({}) },
      { weight: 1, arbitrary: arbitrary.map((value) => ({ [name]: value })) },
    ),
  );
  return fc.tuple(...drawn).map((parts) => Object.fromEntries(parts.flatMap((part) => Object.entries(part))));
}

function list(values: readonly string[]): fc.Arbitrary<string[]> {
  return fc.subarray([...values], { minLength: 1 });
}

const who = some(4, {
  roles: list(ROLES),
  organisations: list(ORGANISATIONS),
  members: list(MEMBERS),
  attributes: fc.record({ 'biot.site': fc.constantFrom(...SITES) }),
});
const what = some(5, {
  own: fc.constantFrom('organisation', 'log'),
  devices: list(DEVICES),
  types: list(TYPES),
  groups: list(GROUPS),
  tenants: list(TENANTS),
});
const when = some(8, {
  from: fc.constantFrom(...BEGINNINGS),
  until: fc.constantFrom(...ENDS),
  daily: fc.constantFrom(...TIMES),
  networks: list(NETWORKS),
  statuses: list(DEVICE_STATUSES),
  firmwareAtLeast: fc.constantFrom(...VERSIONS),
});

const ruleId = fc.integer({ min: 0, max: 15 }).map((number) => `rule-${number}`);

export const aRule: fc.Arbitrary<Rule> = fc
  .record({
    id: ruleId,
    effect: fc.constantFrom('allow', 'allow', 'deny'),
    description: fc.constant('what it is for'),
    who,
    actions: list(SOME_ACTIONS),
    what,
    when,
  })
  .map((rule) => ruleSchema.parse(rule));

/** Rules with different ids, in any order. */
export const someRules: fc.Arbitrary<Rule[]> = fc.uniqueArray(aRule, {
  maxLength: 12,
  selector: ({ id }) => id,
});

const subject = fc
  .record(
    {
      org: fc.constantFrom(...ORGANISATIONS),
      name: fc.constantFrom(...MEMBERS),
      role: fc.constantFrom(...ROLES),
      tenants: fc.oneof({ weight: 2, arbitrary: fc.constant('*') }, fc.subarray([...TENANTS])),
      attributes: fc.oneof(fc.constant({}), fc.record({ 'biot.site': fc.constantFrom(...SITES) })),
    },
    { requiredKeys: ['org', 'name', 'role', 'tenants'] },
  )
  .map((fields) => subjectSchema.parse(fields));

const resource = fc
  .record(
    {
      org: fc.constantFrom(...ORGANISATIONS),
      tenant: fc.constantFrom(...TENANTS),
      device: fc.constantFrom(...DEVICES),
      type: fc.constantFrom(...TYPES),
      groups: fc.subarray([...GROUPS]),
      status: fc.constantFrom(...DEVICE_STATUSES),
      firmware: fc.constantFrom(...VERSIONS),
      log: fc.constantFrom(...MEMBERS),
    },
    { requiredKeys: [] },
  )
  .map((fields) => resourceSchema.parse(fields));

const circumstances: fc.Arbitrary<Circumstances> = fc.record(
  {
    instant: fc.constantFrom(...[...BEGINNINGS, ...ENDS].map((text) => Date.parse(text)), -1, NaN),
    address: fc.constantFrom(...ADDRESSES),
  },
  { requiredKeys: [] },
);

export const aRequest: fc.Arbitrary<Request> = fc.record(
  { subject, action: fc.constantFrom(...SOME_ACTIONS), resource, circumstances },
  { requiredKeys: ['subject', 'action', 'resource'] },
);

/** A change that the schema takes: it touches no rule twice, and at least one. */
export const aChange: fc.Arbitrary<PolicyChange> = fc
  .record({ put: fc.array(aRule, { maxLength: 3 }), remove: fc.array(ruleId, { maxLength: 3 }) })
  .map((change) => policyChangeSchema.safeParse(change))
  .filter(({ success }) => success)
  .map(({ data }) => policyChangeSchema.parse(data));

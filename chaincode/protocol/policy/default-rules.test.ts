import { expect } from 'chai';

import { type Action, ACTIONS, type Role, ROLES } from './actions.ts';
import { policyChangeSchema } from './change.ts';
import { DEFAULT_RULES } from './default-rules.ts';
import type { Decision, Resource, Subject } from './request.ts';
import { RuleSet } from './rule-set.ts';

const ruleSet = new RuleSet(DEFAULT_RULES);

function subject(role: Role, changes: Partial<Subject> = {}): Subject {
  return { org: 'OperatorMSP', name: `${role}@operator`, role, tenants: '*', ...changes };
}

function decide(role: Role, action: Action, resource: Resource): Decision {
  return ruleSet.decide({ subject: subject(role), action, resource });
}

const OWN: Resource = { org: 'OperatorMSP', tenant: 'acme', device: 'press-07' };
const FOREIGN: Resource = { ...OWN, org: 'ManufacturerMSP' };

/** On devices of one's own organisation alone. */
const MANAGE: readonly Action[] = [
  'device:register',
  'device:activate',
  'device:suspend',
  'device:revoke',
  'device:rotate-key',
  'device:reprovision',
  'device:label',
  'device:transfer',
  'type:put',
  'claim:create',
  'claim:withdraw',
  'voucher:create',
  'voucher:withdraw',
  'voucher:redeem',
  'command:define',
  'command:send',
  'command:approve',
  'command:cancel',
  'alert:handle',
  'firmware:publish',
  'firmware:vendor-key',
  'rollout:create',
  'rollout:approve',
  'rollout:control',
  'twin:write',
];
const OPERATE: readonly Action[] = [
  'command:send',
  'command:approve',
  'command:cancel',
  'alert:handle',
  'twin:write',
];
const AUDIT: readonly Action[] = ['audit:read', 'report:read', 'member:read'];
const SEE_CODES: readonly Action[] = ['claim:read', 'voucher:read'];
const READ_OPERATION: readonly Action[] = [
  'command:read',
  'alert:read',
  'alert-rule:read',
  'firmware:read',
  'rollout:read',
  'twin:read',
];
const READ: readonly Action[] = [
  'device:read',
  'type:read',
  'telemetry:read',
  'anchor:read',
  'policy:read',
  ...READ_OPERATION,
];

/** What each role may do on what its own organisation owns, besides appending to a log. */
const ALLOWED: Readonly<Record<Role, readonly Action[]>> = {
  admin: [
    ...MANAGE,
    ...READ,
    ...SEE_CODES,
    'device:accept',
    'firmware:approve',
    'notification:read',
    'notification:put',
    'stream:read',
    'stream:put',
    ...AUDIT,
    'alert-rule:put',
    'policy:propose',
    'policy:approve',
  ],
  operator: [...READ, ...OPERATE],
  auditor: [...READ, ...SEE_CODES, ...AUDIT, 'notification:read', 'stream:read'],
  gateway: [...READ, 'claim:redeem', 'claim:read'],
  ingest: ['device:read', 'type:read', 'anchor:read', 'policy:read', ...READ_OPERATION],
  guard: ['device:read', 'type:read', 'policy:read'],
};

describe('the rules that a consortium begins with', () => {
  for (const role of ROLES) {
    for (const action of ACTIONS) {
      const own = ALLOWED[role].includes(action);
      const elsewhere = own && !MANAGE.includes(action);
      it(`${role}: ${action} ${own ? 'yes' : 'no'}, on what another organisation owns ${elsewhere ? 'yes' : 'no'}`, () => {
        expect(decide(role, action, OWN).allowed).to.equal(own);
        expect(decide(role, action, FOREIGN).allowed).to.equal(elsewhere);
        expect(decide(role, action, {}).allowed).to.equal(elsewhere);
      });
    }
  }

  for (const role of ['ingest', 'gateway'] as const) {
    it(`let ${role} append to the log that bears its name, and to no other`, () => {
      const writer = subject(role, { name: `${role}-1@operator` });
      const append = (log?: string): boolean =>
        ruleSet.decide({
          subject: writer,
          action: 'anchor:append',
          resource: log === undefined ? {} : { log },
        }).allowed;
      expect(append(`${role}-1@operator`)).to.equal(true);
      for (const log of [undefined, `${role}-2@operator`, `${role}-1@manufacturer`, '']) {
        expect(append(log), String(log)).to.equal(false);
      }
    });
  }

  it('say which of them allowed it', () => {
    expect(decide('admin', 'device:revoke', OWN)).to.deep.equal({
      allowed: true,
      rule: 'admin-manages-own-devices',
      reason: 'rule admin-manages-own-devices allows it',
    });
  });

  it('say what was missing when they refuse', () => {
    expect(decide('admin', 'device:revoke', FOREIGN).reason).to.contain('OperatorMSP owns');
    expect(decide('operator', 'device:revoke', OWN).reason).to.contain('role operator');
    expect(decide('ingest', 'anchor:append', { log: 'x@y' }).reason).to.contain('ingest@operator only');
  });

  it('could be proposed as they are', () => {
    expect(policyChangeSchema.safeParse({ put: DEFAULT_RULES, remove: [] }).success).to.equal(true);
  });
});

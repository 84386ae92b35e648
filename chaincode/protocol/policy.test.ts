import { expect } from 'chai';
import fc from 'fast-check';

import {
  type Action,
  ACTIONS,
  decide,
  type Resource,
  type Role,
  ROLES,
  type Rule,
  type Subject,
} from './policy.ts';

function subject(role: Role, changes: Partial<Subject> = {}): Subject {
  return { org: 'OperatorMSP', name: `${role}@operator`, role, ...changes };
}

const OWN: Resource = { org: 'OperatorMSP', tenant: 'acme', device: 'press-07' };
const FOREIGN: Resource = { ...OWN, org: 'ManufacturerMSP' };
const MANAGE = ['device:register', 'device:activate', 'device:suspend', 'device:revoke', 'device:rotate-key'];

/** What each role may do on what its own organisation owns, besides appending to a log. */
const ALLOWED: Readonly<Record<Role, readonly string[]>> = {
  admin: [...MANAGE, 'device:read', 'telemetry:read', 'anchor:read', 'policy:read', 'audit:read'],
  operator: ['device:read', 'telemetry:read', 'anchor:read', 'policy:read'],
  auditor: ['device:read', 'telemetry:read', 'anchor:read', 'policy:read', 'audit:read'],
  gateway: ['device:read', 'telemetry:read', 'anchor:read', 'policy:read'],
  ingest: ['device:read', 'anchor:read'],
};

describe('the decision', () => {
  for (const role of ROLES) {
    it(`lets a member with role ${role} do what is laid down, and nothing else`, () => {
      const may = (resource: Resource): Action[] =>
        ACTIONS.filter((action) => decide({ subject: subject(role), action, resource }).allowed);
      expect(may(OWN)).to.have.members(ALLOWED[role]);
      expect(may(FOREIGN)).to.have.members(ALLOWED[role].filter((action) => !MANAGE.includes(action)));
      expect(may({})).to.have.members(ALLOWED[role].filter((action) => !MANAGE.includes(action)));
    });
  }

  it('lets ingest append to the log that bears its name, and to no other', () => {
    const append = (log?: string): boolean =>
      decide({
        subject: subject('ingest', { name: 'ingest-1@operator' }),
        action: 'anchor:append',
        resource: log === undefined ? {} : { log },
      }).allowed;
    expect(append('ingest-1@operator')).to.equal(true);
    for (const log of [undefined, 'ingest-2@operator', 'ingest-1@manufacturer', '']) {
      expect(append(log), String(log)).to.equal(false);
    }
  });

  it('says which rule allowed it', () => {
    const decision = decide({ subject: subject('admin'), action: 'device:revoke', resource: OWN });
    expect(decision).to.deep.equal({
      allowed: true,
      rule: 'admin-manages-own-devices',
      reason: 'rule admin-manages-own-devices allows it',
    });
  });

  it('says what was missing when it refuses', () => {
    const reason = (role: Role, action: Action, resource: Resource): string =>
      decide({ subject: subject(role), action, resource }).reason;
    expect(reason('admin', 'device:revoke', FOREIGN)).to.contain('OperatorMSP owns');
    expect(reason('operator', 'device:revoke', OWN)).to.contain('role operator');
    expect(reason('ingest', 'anchor:append', { log: 'x@y' })).to.contain('ingest@operator only');
  });

  describe('over any rules', () => {
    const rule: fc.Arbitrary<Rule> = fc.record(
      {
        id: fc.string({ minLength: 1, maxLength: 4 }),
        effect: fc.constantFrom('allow' as const, 'deny' as const),
        roles: fc.subarray([...ROLES]),
        actions: fc.subarray([...ACTIONS]),
        ownOrganisation: fc.constant(true as const),
        ownLog: fc.constant(true as const),
      },
      { requiredKeys: ['id', 'effect', 'roles', 'actions'] },
    );
    const request = fc.record({
      subject: fc.constantFrom(...ROLES).map((role) => subject(role)),
      action: fc.constantFrom(...ACTIONS),
      resource: fc.constantFrom<Resource[]>(OWN, FOREIGN, {}, { log: 'ingest@operator' }),
    });

    it('is a refusal when no rule matches', () => {
      fc.assert(
        fc.property(request, (asked) => {
          expect(decide(asked, [])).to.include({ allowed: false, rule: null });
        }),
      );
    });

    it('is a refusal when one denies, wherever it stands among those that allow', () => {
      fc.assert(
        fc.property(request, fc.array(rule, { maxLength: 6 }), fc.nat(6), (asked, rules, place) => {
          const deny: Rule = {
            id: 'no',
            effect: 'deny',
            roles: [asked.subject.role],
            actions: [asked.action],
          };
          const decision = decide(asked, rules.toSpliced(place, 0, deny));
          expect(decision.allowed).to.equal(false);
          expect(decision.rule).to.be.a('string');
        }),
      );
    });

    it('allows only by a rule that allows exactly this', () => {
      fc.assert(
        fc.property(request, fc.array(rule, { maxLength: 8 }), (asked, rules) => {
          const decision = decide(asked, rules);
          if (!decision.allowed) return;
          const fits = rules.filter(
            ({ id, effect, roles, actions }) =>
              id === decision.rule &&
              effect === 'allow' &&
              roles.includes(asked.subject.role) &&
              actions.includes(asked.action),
          );
          expect(fits).to.not.deep.equal([]);
        }),
      );
    });
  });
});

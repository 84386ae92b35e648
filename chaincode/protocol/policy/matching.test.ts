import { expect } from 'chai';

import { obstacles } from './matching.ts';
import type { Circumstances, Request, Resource, Subject } from './request.ts';
import { type Rule, ruleSchema } from './rule.ts';

type Parts = Partial<Record<'who' | 'what' | 'when', object>>;

function rule(effect: 'allow' | 'deny', parts: Parts): Rule {
  return ruleSchema.parse({
    ...{ id: 'r', effect, description: 'of a test', who: {}, actions: ['device:read'], what: {}, when: {} },
    ...parts,
  });
}

interface Asked {
  subject?: Partial<Subject>;
  resource?: Resource;
  circumstances?: Circumstances;
}

const DEVICE: Resource = { device: 'press-07' };

function request({ subject = {}, resource = DEVICE, circumstances = {} }: Asked): Request {
  return {
    subject: {
      ...{ org: 'OperatorMSP', name: 'admin@operator', role: 'admin', tenants: '*', attributes: {} },
      ...subject,
    },
    action: 'device:read',
    resource,
    circumstances,
  };
}

function matches(effect: 'allow' | 'deny', parts: Parts, asked: Asked): boolean {
  return obstacles(rule(effect, parts), request(asked)).length === 0;
}

/** Where it says yes and no: to rules that allow and that deny alike. */
function expectMatch(parts: Parts, asked: Asked, expected: boolean): void {
  for (const effect of ['allow', 'deny'] as const) {
    expect(matches(effect, parts, asked), `${effect} ${JSON.stringify(asked)}`).to.equal(expected);
  }
}

/** What cannot be known: no rule allows by it, and none that denies is passed by. */
function expectUnknown(parts: Parts, asked: Asked): void {
  expect(matches('allow', parts, asked), `allow ${JSON.stringify(asked)}`).to.equal(false);
  expect(matches('deny', parts, asked), `deny ${JSON.stringify(asked)}`).to.equal(true);
}

const at = (instant: string): Asked => ({ circumstances: { instant: Date.parse(instant) } });
const from = (address: string | null): Asked => ({ circumstances: { address } });

describe('a rule matches', () => {
  it('everything when it states nothing', () => {
    expectMatch({}, {}, true);
    expectMatch({}, { resource: {} }, true);
  });

  it('the action that it names', () => {
    const asked = { ...request({}), action: 'device:revoke' as const };
    expect(obstacles(rule('allow', {}), asked)).to.deep.equal(['applies to device:read only']);
  });

  it('the role, organisation and member that it names', () => {
    expectMatch({ who: { roles: ['auditor', 'admin'] } }, {}, true);
    expectMatch({ who: { roles: ['auditor'] } }, {}, false);
    expectMatch({ who: { organisations: ['OperatorMSP'] } }, {}, true);
    expectMatch({ who: { organisations: ['OperatorsMSP'] } }, {}, false);
    expectMatch({ who: { members: ['admin@operator'] } }, {}, true);
    expectMatch({ who: { members: ['admin@operators'] } }, {}, false);
  });

  it('a certificate with all the attributes that it states', () => {
    const parts = { who: { attributes: { 'biot.site': 'lyon', 'biot.shift': 'a' } } };
    const has = (attributes: Record<string, string>): Asked => ({ subject: { attributes } });
    expectMatch(parts, has({ 'biot.site': 'lyon', 'biot.shift': 'a', 'biot.more': 'b' }), true);
    expectMatch(parts, has({ 'biot.site': 'lyon' }), false);
    expectMatch(parts, has({ 'biot.site': 'lyon', 'biot.shift': 'b' }), false);
    expectMatch(parts, has({}), false);
    const unknown = request({});
    const { org, name, role, tenants } = unknown.subject;
    const blind = { ...unknown, subject: { org, name, role, tenants } };
    expect(obstacles(rule('allow', parts), blind)).to.have.length(1);
    expect(obstacles(rule('deny', parts), blind)).to.deep.equal([]);
  });

  it('an attribute of a certificate, never of its prototype', () => {
    expectMatch({ who: { attributes: { constructor: 'x' } } }, { subject: { attributes: {} } }, false);
  });

  it("what the subject's own organisation owns, and the log that bears its name", () => {
    const own = { what: { own: 'organisation' } };
    expectMatch(own, { resource: { org: 'OperatorMSP' } }, true);
    expectMatch(own, { resource: { org: 'ManufacturerMSP' } }, false);
    expectMatch(own, { resource: {} }, false);
    const log = { what: { own: 'log' } };
    expectMatch(log, { resource: { log: 'admin@operator' } }, true);
    expectMatch(log, { resource: { log: 'admin@operators' } }, false);
    expectMatch(log, { resource: {} }, false);
  });

  const FIELDS: readonly [string, string, Resource, Resource][] = [
    ['devices', 'press-07', { device: 'press-07' }, { device: 'press-08' }],
    ['types', 'press', { type: 'press' }, { type: 'lathe' }],
    ['tenants', 'acme', { tenant: 'acme' }, { tenant: 'umbrella' }],
    ['groups', 'hall-7', { groups: ['hall-1', 'hall-7'] }, { groups: ['hall-1'] }],
  ];
  for (const [field, named, resource, other] of FIELDS) {
    it(`one of the ${field} that it names, and nothing that has none`, () => {
      const parts = { what: { [field]: ['zzz', named] } };
      expectMatch(parts, { resource }, true);
      expectMatch(parts, { resource: other }, false);
      expectMatch(parts, { resource: {} }, false);
      expectMatch(parts, { resource: { log: named } }, false);
    });
  }

  it('("a","bc") and ("ab","c") as two things', () => {
    const parts = { what: { tenants: ['a'], devices: ['bc'] } };
    expectMatch(parts, { resource: { tenant: 'a', device: 'bc' } }, true);
    expectMatch(parts, { resource: { tenant: 'ab', device: 'c' } }, false);
  });

  it('a device in one of the statuses that it names', () => {
    const parts = { when: { statuses: ['suspended', 'active'] } };
    expectMatch(parts, { resource: { ...DEVICE, status: 'active' } }, true);
    expectMatch(parts, { resource: { ...DEVICE, status: 'revoked' } }, false);
    expectMatch(parts, { resource: { log: 'a@b' } }, false);
    expectUnknown(parts, { resource: DEVICE });
  });

  it('firmware by its numbers: 1.10.0 is newer than 1.9.0', () => {
    const parts = { when: { firmwareAtLeast: '1.9.1' } };
    const runs = (firmware: string): Asked => ({ resource: { ...DEVICE, firmware } });
    for (const firmware of ['1.9.1', '1.9.2', '1.10.0', '2.0.0', '10.0.0'])
      expectMatch(parts, runs(firmware), true);
    for (const firmware of ['1.9.0', '1.8.9', '0.99.99', '1.0.0']) expectMatch(parts, runs(firmware), false);
    expectMatch(parts, { resource: {} }, false);
    expectUnknown(parts, { resource: DEVICE });
  });

  it('from its first instant on, until before its last', () => {
    const parts = { when: { from: '2026-03-01T08:00:00Z', until: '2026-03-02T08:00:00Z' } };
    expectMatch(parts, at('2026-03-01T07:59:59.999Z'), false);
    expectMatch(parts, at('2026-03-01T08:00:00.000Z'), true);
    expectMatch(parts, at('2026-03-02T07:59:59.999Z'), true);
    expectMatch(parts, at('2026-03-02T08:00:00.000Z'), false);
    for (const circumstances of [{}, { instant: NaN }]) {
      expectUnknown({ when: { from: '2026-03-01T08:00:00Z' } }, { circumstances });
      expectUnknown({ when: { until: '2026-03-01T08:00:00Z' } }, { circumstances });
    }
  });

  it('daily between two times, the second left out', () => {
    const parts = { when: { daily: { from: '08:30', to: '17:00' } } };
    for (const day of ['2026-03-01', '1970-01-01', '1969-12-31', '0001-01-01']) {
      expectMatch(parts, at(`${day}T08:29:59.999Z`), false);
      expectMatch(parts, at(`${day}T08:30:00Z`), true);
      expectMatch(parts, at(`${day}T16:59:59.999Z`), true);
      expectMatch(parts, at(`${day}T17:00:00Z`), false);
    }
  });

  it('daily over midnight', () => {
    const parts = { when: { daily: { from: '22:00', to: '06:00' } } };
    for (const day of ['2026-03-01', '1969-12-31']) {
      expectMatch(parts, at(`${day}T21:59:59.999Z`), false);
      expectMatch(parts, at(`${day}T22:00:00Z`), true);
      expectMatch(parts, at(`${day}T00:00:00Z`), true);
      expectMatch(parts, at(`${day}T05:59:59.999Z`), true);
      expectMatch(parts, at(`${day}T06:00:00Z`), false);
      expectMatch(parts, at(`${day}T12:00:00Z`), false);
    }
    for (const circumstances of [{}, { instant: NaN }, { instant: Infinity }]) {
      expectUnknown(parts, { circumstances });
    }
  });

  it('from one of its networks', () => {
    const parts = { when: { networks: ['10.0.0.0/8', 'fd00::/8'] } };
    for (const address of ['10.0.0.0', '10.255.255.255', '::ffff:10.1.2.3', 'fd12::1']) {
      expectMatch(parts, from(address), true);
    }
    for (const address of ['11.0.0.0', '9.255.255.255', '::ffff:11.0.0.0', 'fe80::1', '::1']) {
      expectMatch(parts, from(address), false);
    }
    for (const address of ['', 'localhost', '10.0.0', '10.0.0.256', '010.0.0.1'])
      expectUnknown(parts, from(address));
    expectUnknown(parts, { circumstances: {} });
  });

  it('whatever its networks where none can be seen: they allow nothing more, and deny nothing', () => {
    const parts = { when: { networks: ['10.0.0.0/8'] } };
    expect(matches('allow', parts, from(null))).to.equal(true);
    expect(matches('deny', parts, from(null))).to.equal(false);
  });

  it('only when all that it states holds, and says what does not', () => {
    const stated = rule('allow', {
      who: { roles: ['auditor'], members: ['admin@operator'] },
      what: { own: 'organisation', groups: ['hall-7'] },
      when: { statuses: ['active'], until: '2026-01-01T00:00:00Z' },
    });
    const asked = request({
      ...at('2026-01-01T00:00:00Z'),
      resource: { ...DEVICE, org: 'AuditorMSP', status: 'active' },
    });
    expect(obstacles(stated, asked)).to.deep.equal([
      'applies to group hall-7 only',
      'applies to what OperatorMSP owns only',
      'applies to role auditor only',
      'applied until 2026-01-01T00:00:00Z',
    ]);
  });
});
